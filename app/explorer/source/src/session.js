// Who is asking, and the two ways of asking: fetch for queries and mutations, one WebSocket,
// opened when first needed, for subscriptions. The key lives in this closure and nowhere else.

import { createClient } from 'graphql-ws';
import { getIntrospectionQuery, getOperationAST, parse } from 'graphql';

const LOG_LENGTH = 50;
const FORBIDDEN = 4403;

const INTROSPECTION = getIntrospectionQuery({
  inputValueDeprecation: true,
  oneOf: true,
  schemaDescription: true,
  specifiedByUrl: true,
});

export const PUBLIC = { label: 'Public', key: null };

export function createSession(endpoint, actor = PUBLIC) {
  const httpUrl = new URL(endpoint, location.href);
  const socketUrl = new URL(httpUrl);
  socketUrl.protocol = httpUrl.protocol.replace('http', 'ws');

  let client = null;

  // What the status line shows of the latest request.
  let status = null;
  const listeners = new Set();
  const publish = (next) => {
    status = next;
    for (const listener of listeners) listener();
  };

  function actAs(next) {
    actor = next;
    client?.dispose();
    client = null;
    if (status?.kind === 'live') publish({ ...status, socket: 'closed' });
  }

  /** What GraphiQL calls to run an operation, and to read the schema. */
  function fetcher({ query, variables, operationName }, { headers, documentAST } = {}) {
    if (operationName === 'IntrospectionQuery' && !documentAST) {
      return post({ query: INTROSPECTION, operationName }, headers).then(({ result }) => result);
    }
    const payload = { query, variables, operationName };
    const operation = operationOf(query, operationName);
    if (operation?.operation === 'subscription') return subscription(payload, operation);
    const overridden = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
    const as = overridden ? 'set under Headers' : actor.label;
    return post(payload, headers).then(({ result, ...facts }) => {
      publish({ kind: 'http', as, ...facts });
      return result;
    });
  }

  async function post(payload, extraHeaders) {
    const headers = new Headers({
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
    });
    if (actor.key) headers.set('authorization', `Bearer ${actor.key}`);
    for (const [name, value] of Object.entries(extraHeaders ?? {})) headers.set(name, value);

    const started = performance.now();
    const took = () => Math.round(performance.now() - started);
    try {
      const response = await fetch(httpUrl, { method: 'POST', headers, body: JSON.stringify(payload) });
      const text = await response.text();
      const facts = { code: response.status, ms: took(), bytes: text.length };
      try {
        return { result: JSON.parse(text), ...facts };
      } catch {
        return { result: failure(`HTTP ${response.status}: ${text.slice(0, 500) || 'empty answer'}`), ...facts };
      }
    } catch (error) {
      return { result: failure(`No answer from ${httpUrl.pathname}: ${error.message}`), code: 0, ms: took(), bytes: 0 };
    }
  }

  function subscription(payload, operation) {
    const resumable = operation.variableDefinitions?.some(({ variable }) => variable.name.value === 'after');
    return {
      subscribe(sink) {
        let log = [];
        let stopped = false;
        const report = (socket) => publish({ kind: 'live', as: actor.label, socket, log });

        client ??= connect();
        report('connecting');
        const offs = [
          client.on('connecting', () => report('connecting')),
          client.on('connected', () => report('open')),
          client.on('closed', () => report(stopped ? 'closed' : 'connecting')),
        ];
        const end = () => {
          stopped = true;
          for (const off of offs) off();
          report('closed');
        };

        const unsubscribe = client.subscribe(payload, {
          next(result) {
            // After a lost connection the client sends this payload again: have it go on from here.
            const cursor = Object.values(result.data ?? {})[0]?.cursor;
            if (resumable && cursor) payload.variables = { ...payload.variables, after: cursor };
            log = [{ number: (log[0]?.number ?? 0) + 1, at: new Date(), result }, ...log].slice(0, LOG_LENGTH);
            report('open');
            sink.next(result);
          },
          error(error) {
            end();
            sink.error(readable(error));
          },
          complete() {
            if (stopped) return;
            end();
            sink.complete();
          },
        });

        return {
          unsubscribe() {
            if (!stopped) end();
            unsubscribe();
          },
        };
      },
    };
  }

  function connect() {
    return createClient({
      url: socketUrl.href,
      connectionParams: () => (actor.key ? { authorization: `Bearer ${actor.key}` } : {}),
      keepAlive: 15_000,
      lazyCloseTimeout: 2_000,
      retryAttempts: 20,
      shouldRetry: (event) => event instanceof CloseEvent && event.code !== FORBIDDEN,
    });
  }

  return {
    actAs,
    fetcher,
    getStatus: () => status,
    onStatus(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function operationOf(query, operationName) {
  try {
    return getOperationAST(parse(query), operationName);
  } catch {
    return null; // The server says best what is wrong with it.
  }
}

const failure = (message) => ({ errors: [{ message }] });

/** An error without the stack of this page's code, which says nothing to its reader. */
function readable(error) {
  if (Array.isArray(error)) return error;
  if (error instanceof CloseEvent) {
    return { message: `The server closed the connection: ${error.code} ${error.reason}`.trim() };
  }
  return { message: error?.message ?? 'The connection failed' };
}
