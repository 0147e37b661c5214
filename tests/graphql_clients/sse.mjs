import { createClient } from 'graphql-sse';

export function connect(url, key) {
  return createClient({
    url,
    headers: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
}
