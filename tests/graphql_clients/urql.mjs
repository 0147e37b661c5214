import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { createClient } from 'graphql-ws';
import { onEnd, pipe, subscribe } from 'wonka';

export function connect(url, key) {
  const authorization = `Bearer ${key}`;
  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { authorization },
    // Its own retries would send the first cursor again.
    retryAttempts: 0,
  });
  return new Client({
    url,
    preferGetMethod: false, // its default puts short queries into the URL
    fetchOptions: { headers: { authorization } },
    exchanges: [
      cacheExchange({ keys: { Viewer: () => null }, resolvers: { Query: { clients: relayPagination() } } }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }),
        }),
      }),
    ],
  });
}

// GraphQL errors, and a key that is not let in: coming back would not help. UNAVAILABLE passes.
const lasts = ({ graphQLErrors, networkError }) =>
  graphQLErrors.some(({ extensions }) => extensions.code !== 'UNAVAILABLE') || networkError?.code === 4403;

// Calls `hear` with each tier change and comes back by itself from a lost connection; any other error
// ends it: `fail` gets it. Gives what ends it.
export function follow(urql, query, after, hear, fail) {
  let timer;
  let current;
  const end = () => {
    current.unsubscribe(); // which is an end as well
    clearTimeout(timer);
  };
  const begin = () => {
    current = pipe(
      urql.subscription(query, { after }),
      onEnd(() => {
        timer = setTimeout(begin, 1000);
      }),
      subscribe(({ data, error }) => {
        if (error && lasts(error)) {
          end();
          return fail(error);
        }
        if (error) return current.unsubscribe();
        hear(data.tierChanged);
        after = data.tierChanged.cursor; // keep it
      }),
    );
  };
  begin();
  return end;
}
