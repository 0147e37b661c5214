import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allClients, BAD_QUERY, CHANGES, comesBackWhenUnavailable, CREATE, hearsAllThroughCuts, keys, newClient, PAGE, tellsWhatLasts, url,
} from './harness.mjs';
import { connect, follow } from './urql.mjs';

test('asks, and reads the same from its cache', async () => {
  const urql = connect(url, keys.partner_admin);
  const { data } = await urql.query('{ viewer { role partner { id name } } }');
  assert.equal(data.viewer.role, 'PARTNER_ADMIN');
  const cached = await urql.query('{ viewer { role partner { id name } } }', {}, { requestPolicy: 'cache-only' });
  assert.deepEqual(cached.data, data);
});

test('reads all pages forward and backward', async () => {
  const all = await allClients();
  const forward = connect(url, keys.partner_admin);
  let { clients } = (await forward.query(PAGE, { first: 50 })).data;
  while (clients.pageInfo.hasNextPage) {
    ({ clients } = (await forward.query(PAGE, { first: 50, after: clients.pageInfo.endCursor })).data);
  }
  assert.deepEqual(clients.edges.map((edge) => edge.node.id), all);

  const backward = connect(url, keys.partner_admin);
  ({ clients } = (await backward.query(PAGE, { last: 50 })).data);
  while (clients.pageInfo.hasPreviousPage) {
    ({ clients } = (await backward.query(PAGE, { last: 50, before: clients.pageInfo.startCursor })).data);
  }
  assert.deepEqual(clients.edges.map((edge) => edge.node.id), all);
});

test('a mutation sent twice is done once; a wrong one says why', async () => {
  const urql = connect(url, keys.partner_admin);
  const input = newClient();
  const first = await urql.mutation(CREATE, { input });
  assert.deepEqual(first.data.createClient.userErrors, []);
  assert.deepEqual((await urql.mutation(CREATE, { input })).data, first.data);
  const { data } = await urql.mutation(CREATE, { input: { ...newClient(), name: ' ' } });
  assert.deepEqual(data.createClient.userErrors[0].field, ['name']);
});

test('tells what is wrong with a query and a key', async () => {
  const bad = await connect(url, keys.partner_admin).query(BAD_QUERY);
  assert.equal(bad.error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  const { error } = await connect(url, 'pg_wrong').query('{ viewer { role } }');
  assert.equal(error.response.status, 401);
});

const start = (at, key, ...rest) => follow(connect(at, key), CHANGES, ...rest);

test('comes back after cuts: nothing missing, nothing twice', () => hearsAllThroughCuts(start));

test('tells what would be the same next time, and does not come back', async () => {
  const [wrongKey, wrongCursor] = await tellsWhatLasts(start);
  assert.equal(wrongKey.networkError.code, 4403);
  assert.equal(wrongCursor.graphQLErrors[0].extensions.code, 'INVALID_CURSOR');
});

test('comes back to a server that is unavailable for a moment', async () => {
  assert.equal(await comesBackWhenUnavailable(start), 1);
});
