import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CombinedGraphQLErrors, gql, ServerError } from '@apollo/client';
import { connect, follow } from './apollo.mjs';
import {
  allClients, BAD_QUERY, CHANGES, comesBackWhenUnavailable, CREATE, hearsAllThroughCuts, keys, newClient, PAGE, tellsWhatLasts, until, url,
} from './harness.mjs';

const page = (query) => query.getCurrentResult().data.clients;
const ids = ({ edges }) => edges.map((edge) => edge.node.id);

/** A list as a component watches it, once its first page is there. */
async function firstPage(variables) {
  const query = connect(url, keys.partner_admin).watchQuery({ query: gql(PAGE), variables });
  query.subscribe(() => {});
  await shown(query);
  return query;
}

const shown = (query) => until(() => !query.getCurrentResult().loading);

test('asks, and reads the same from its cache', async () => {
  const apollo = connect(url, keys.partner_admin);
  const query = gql`{ viewer { role partner { id name } } }`;
  const { data } = await apollo.query({ query });
  assert.equal(data.viewer.role, 'PARTNER_ADMIN');
  assert.deepEqual(apollo.readQuery({ query }), data);
});

test('reads all pages forward and backward', async () => {
  const all = await allClients();
  const forward = await firstPage({ first: 50 });
  while (page(forward).pageInfo.hasNextPage) {
    await forward.fetchMore({ variables: { after: page(forward).pageInfo.endCursor } });
    await shown(forward);
  }
  assert.deepEqual(ids(page(forward)), all);

  const backward = await firstPage({ last: 50 });
  while (page(backward).pageInfo.hasPreviousPage) {
    await backward.fetchMore({ variables: { before: page(backward).pageInfo.startCursor } });
    await shown(backward);
  }
  assert.deepEqual(ids(page(backward)), all);
});

test('a mutation sent twice is done once; a wrong one says why', async () => {
  const apollo = connect(url, keys.partner_admin);
  const send = (input) => apollo.mutate({ mutation: gql(CREATE), variables: { input } });
  const input = newClient();
  const [first, again] = [await send(input), await send(input)];
  assert.deepEqual(first.data.createClient.userErrors, []);
  assert.deepEqual(again.data, first.data);
  const { data } = await send({ ...newClient(), name: ' ' });
  assert.deepEqual(data.createClient.userErrors[0].field, ['name']);
});

test('tells what is wrong with a query and a key', async () => {
  await assert.rejects(connect(url, keys.partner_admin).query({ query: gql(BAD_QUERY) }), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error));
    return error.errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED';
  });
  await assert.rejects(connect(url, 'pg_wrong').query({ query: gql`{ viewer { role } }` }), (error) => {
    assert.ok(ServerError.is(error));
    return error.statusCode === 401 && error.bodyText.includes('UNAUTHENTICATED');
  });
});

function start(at, key, after, hear, fail) {
  const apollo = connect(at, key);
  const subscription = follow(apollo, gql(CHANGES), after).subscribe({ next: hear, error: fail });
  return () => {
    subscription.unsubscribe();
    apollo.stop();
  };
}

test('comes back after cuts: nothing missing, nothing twice', () => hearsAllThroughCuts(start));

test('tells what would be the same next time, and does not come back', async () => {
  const [wrongKey, wrongCursor] = await tellsWhatLasts(start);
  assert.match(wrongKey.message, /4403/);
  assert.equal(wrongCursor.errors[0].extensions.code, 'INVALID_CURSOR');
});

test('comes back to a server that is unavailable for a moment', async () => {
  assert.equal(await comesBackWhenUnavailable(start), 1);
});
