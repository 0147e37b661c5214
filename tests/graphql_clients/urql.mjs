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

// Calls `hear` with each tier change and comes back by itself; gives what ends it.
export function follow(urql, query, after, hear) {
  let timer;
  let current;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(begin, 1000);
  };
  const begin = () => {
    current = pipe(
      urql.subscription(query, { after }),
      onEnd(again),
      subscribe(({ data, error }) => {
        if (error) return again();
        hear(data.tierChanged);
        after = data.tierChanged.cursor; // keep it
      }),
    );
  };
  begin();
  return () => {
    current.unsubscribe();
    clearTimeout(timer);
  };
}
