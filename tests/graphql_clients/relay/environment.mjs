import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';

const { Environment, Network, Observable, RecordSource, Store } = relay;

export function connect(url, key) {
  const authorization = `Bearer ${key}`;
  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { authorization },
    // Its own retries would send the first cursor again.
    retryAttempts: 0,
  });
  // Without a text the compiler wrote it into a manifest: the server knows the document by its hash.
  const document = ({ id, text }) => ({ query: text ?? '', documentId: id && `sha256:${id}` });
  const ask = async (request, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ...document(request), variables }),
    });
    return response.json();
  };
  const listen = (request, variables) =>
    Observable.create((sink) => socket.subscribe({ ...document(request), variables }, sink));
  return new Environment({ network: Network.create(ask, listen), store: new Store(new RecordSource()) });
}

// GraphQL errors, and a key that is not let in: coming back would not help. UNAVAILABLE passes.
const lasts = (error) => {
  const errors = error.source?.errors ?? error;
  return Array.isArray(errors) ? errors[0].extensions.code !== 'UNAVAILABLE' : error.code === 4403;
};

// Calls `hear` with each tier change and comes back by itself from a lost connection; any other error
// ends it: `fail` gets it. Gives what ends it.
export function follow(environment, subscription, after, hear, fail) {
  let timer;
  let current;
  const again = () => {
    timer = setTimeout(begin, 1000);
  };
  const begin = () => {
    current = relay.requestSubscription(environment, {
      subscription,
      variables: { after },
      onNext({ tierChanged }) {
        hear(tierChanged);
        after = tierChanged.cursor; // keep it
      },
      onError: (error) => (lasts(error) ? fail(error) : again()),
      onCompleted: again,
    });
  };
  begin();
  return () => {
    current.dispose();
    clearTimeout(timer);
  };
}
