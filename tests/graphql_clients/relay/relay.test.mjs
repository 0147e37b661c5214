import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import relay from 'relay-runtime';
import { allClients, BAD_QUERY, comesBackWhenUnavailable, hearsAllThroughCuts, keys, newClient, tellsWhatLasts, url } from '../harness.mjs';
import { connect, follow } from './environment.mjs';

const { commitMutation, createOperationDescriptor, fetchQuery, getSingularSelector } = relay;
const artifact = async (name) => (await import(`./__generated__/${name}.graphql.js`)).default;

before(() => execFileSync('relay-compiler', ['relay.config.json'], { cwd: import.meta.dirname }));

/** The partner's list as a component with the fragment sees it: `edges` grows with each page. */
async function list(variables) {
  const environment = connect(url, keys.partner_admin);
  const query = await artifact('documentsViewerQuery');
  const fragment = await artifact('documentsClients');
  const pages = await artifact('documentsClientsPageQuery');
  environment.retain(createOperationDescriptor(query, variables));
  const { viewer } = await fetchQuery(environment, query, variables).toPromise();
  const shown = () => environment.lookup(getSingularSelector(fragment, viewer.partner)).data;
  return {
    connection: () => shown().clients,
    ids: () => shown().clients.edges.map((edge) => edge.node.id),
    more: (page) => fetchQuery(environment, pages, { ...page, id: shown().id }).toPromise(),
  };
}

test('reads all pages forward and backward', async () => {
  const all = await allClients();
  const forward = await list({ first: 50 });
  while (forward.connection().pageInfo.hasNextPage) {
    await forward.more({ first: 50, after: forward.connection().pageInfo.endCursor });
  }
  assert.deepEqual(forward.ids(), all);

  const backward = await list({ last: 50 });
  while (backward.connection().pageInfo.hasPreviousPage) {
    await backward.more({ last: 50, before: backward.connection().pageInfo.startCursor });
  }
  assert.deepEqual(backward.ids(), all);
});

test('a mutation sent twice is done once; a wrong one says why', async () => {
  const environment = connect(url, keys.partner_admin);
  const mutation = await artifact('documentsCreateClientMutation');
  const send = (input) =>
    new Promise((onCompleted, onError) => {
      commitMutation(environment, { mutation, variables: { input }, onCompleted, onError });
    });
  const input = newClient();
  const first = await send(input);
  assert.deepEqual(first.createClient.userErrors, []);
  assert.deepEqual(await send(input), first);
  const wrong = await send({ ...newClient(), name: ' ' });
  assert.deepEqual(wrong.createClient.userErrors[0].field, ['name']);
});

test('tells what is wrong with a query and a key', async () => {
  const query = await artifact('documentsViewerQuery');
  const bad = { ...query, params: { ...query.params, text: BAD_QUERY } };
  await assert.rejects(fetchQuery(connect(url, keys.partner_admin), bad, {}).toPromise(), (error) => {
    return error.source.errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED';
  });
  await assert.rejects(fetchQuery(connect(url, 'pg_wrong'), query, {}).toPromise(), (error) => {
    return error.source.errors[0].extensions.code === 'UNAUTHENTICATED';
  });
});

async function starting() {
  const changes = await artifact('documentsChangesSubscription');
  return (at, key, ...rest) => follow(connect(at, key), changes, ...rest);
}

test('comes back after cuts: nothing missing, nothing twice', async () => {
  await hearsAllThroughCuts(await starting());
});

test('tells what would be the same next time, and does not come back', async () => {
  const [wrongKey, wrongCursor] = await tellsWhatLasts(await starting());
  assert.equal(wrongKey.code, 4403);
  assert.equal(wrongCursor[0].extensions.code, 'INVALID_CURSOR');
});

test('comes back to a server that is unavailable for a moment', async () => {
  assert.equal(await comesBackWhenUnavailable(await starting()), 1);
});
