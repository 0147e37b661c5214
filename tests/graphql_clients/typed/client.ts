import { createClient } from 'graphql-ws';
import type { TypedDocumentString } from './__generated__/graphql.ts';

/** Ask the server: what comes back has the type of what the document asks for. */
export function connect(url: string, key: string) {
  return async function ask<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: document.toString(), variables }),
    });
    const { data, errors } = (await response.json()) as { data: Result; errors?: unknown[] };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}

/** Subscribe over a WebSocket: each result has the type of what the document asks for. */
export function connectSocket(url: string, key: string) {
  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { authorization: `Bearer ${key}` },
    // Its own retries would send the first cursor again.
    retryAttempts: 0,
  });
  return async function* listen<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): AsyncGenerator<Result> {
    for await (const { data, errors } of socket.iterate<Result>({ query: document.toString(), variables })) {
      if (errors || !data) throw errors;
      yield data;
    }
  };
}
