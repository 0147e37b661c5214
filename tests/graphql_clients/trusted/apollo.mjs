import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';

// The hash that graphql-codegen gave the document, in place of the document.
const byHash = new ApolloLink((operation, forward) => {
  operation.extensions.persistedQuery = { version: 1, sha256Hash: operation.query.__meta__.hash };
  operation.setContext({ http: { includeQuery: false, includeExtensions: true } });
  return forward(operation);
});

export function connect(url, key) {
  const authorization = `Bearer ${key}`;
  const socket = createClient({ url: url.replace('http', 'ws'), connectionParams: { authorization }, retryAttempts: 0 });
  const withoutText = (request, sink) => socket.subscribe({ ...request, query: '' }, sink);
  return new ApolloClient({
    link: byHash.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink({ ...socket, subscribe: withoutText }),
      new HttpLink({ uri: url, headers: { authorization } }),
    ),
    cache: new InMemoryCache(),
  });
}
