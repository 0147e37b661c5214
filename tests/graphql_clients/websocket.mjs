import { createClient } from 'graphql-ws';
import WebSocket from 'ws'; // only for Node before 22

export function connect(url, key) {
  return createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
}

// Queries and mutations go over the socket as well.
export async function ask(socket, query, variables) {
  for await (const { data, errors } of socket.iterate({ query, variables })) {
    if (errors) throw errors;
    return data;
  }
}
