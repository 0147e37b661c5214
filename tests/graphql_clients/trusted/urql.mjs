import { Client, fetchExchange, makeOperation, mapExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { createClient } from 'graphql-ws';

// The hash that graphql-codegen gave the document, in place of the document.
const byHash = mapExchange({
  onOperation: (operation) =>
    operation.kind === 'teardown'
      ? operation
      : makeOperation(operation.kind, {
          ...operation,
          extensions: { persistedQuery: { version: 1, sha256Hash: operation.query.__meta__.hash } },
        }),
});

export function connect(url, key) {
  const authorization = `Bearer ${key}`;
  const socket = createClient({ url: url.replace('http', 'ws'), connectionParams: { authorization }, retryAttempts: 0 });
  return new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [
      cacheExchange({}),
      byHash,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: '' }, sink) }),
        }),
      }),
    ],
  });
}
