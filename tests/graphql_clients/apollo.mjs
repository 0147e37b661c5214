import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { defer, map, repeat, retry, tap, throwError, timer } from 'rxjs';

export function connect(url, key) {
  const authorization = `Bearer ${key}`;
  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { authorization },
    // Its own retries would send the first cursor again.
    retryAttempts: 0,
  });
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket),
      new HttpLink({ uri: url, headers: { authorization } }),
    ),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { clients: relayStylePagination(['where', 'orderBy']) } } },
    }),
  });
}

// GraphQL errors, and a key that is not let in: coming back would not help. UNAVAILABLE passes.
// (Apollo calls a connection that was refused CombinedGraphQLErrors, too, but it has no `extensions`.)
const lasts = ({ errors = [], message }) =>
  errors.some(({ extensions }) => extensions && extensions.code !== 'UNAVAILABLE') || message.startsWith('Socket closed with event 4403');

// An observable of tier changes that comes back by itself from a lost connection. Other errors end it.
export function follow(apollo, query, after) {
  return defer(() => apollo.subscribe({ query, variables: { after }, fetchPolicy: 'no-cache' })).pipe(
    map(({ data, error }) => {
      if (error) throw error;
      return data.tierChanged;
    }),
    tap((change) => {
      after = change.cursor; // keep it
    }),
    retry({ delay: (error) => (lasts(error) ? throwError(() => error) : timer(1000)) }),
    repeat({ delay: 1000 }),
  );
}
