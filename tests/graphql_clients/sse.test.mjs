import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow } from './follow.mjs';
import {
  allClients, BAD_QUERY, CHANGES, CREATE, hearsAllThroughCuts, keys, newClient, PAGE, url,
} from './harness.mjs';
import { connect } from './sse.mjs';

/** The only result of a query or a mutation. */
async function ask(sse, query, variables) {
  for await (const result of sse.iterate({ query, variables })) return result;
}

test('asks, and reads all pages', async () => {
  const sse = connect(url, keys.partner_admin);
  assert.equal((await ask(sse, '{ viewer { role } }')).data.viewer.role, 'PARTNER_ADMIN');
  const ids = [];
  let after = null;
  do {
    const { edges, pageInfo } = (await ask(sse, PAGE, { first: 50, after })).data.clients;
    ids.push(...edges.map((edge) => edge.node.id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  assert.deepEqual(ids, await allClients());
});

test('a mutation sent twice is done once; a wrong one says why', async () => {
  const sse = connect(url, keys.partner_admin);
  const input = newClient();
  const first = await ask(sse, CREATE, { input });
  assert.deepEqual(first.data.createClient.userErrors, []);
  assert.deepEqual((await ask(sse, CREATE, { input })).data, first.data);
  const { data } = await ask(sse, CREATE, { input: { ...newClient(), name: ' ' } });
  assert.deepEqual(data.createClient.userErrors[0].field, ['name']);
});

test('tells what is wrong with a query and a key', async () => {
  const { errors } = await ask(connect(url, keys.partner_admin), BAD_QUERY);
  assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  await assert.rejects(ask(connect(url, 'pg_wrong'), '{ viewer { role } }'), (error) => {
    return error.response.status === 401;
  });
});

test('a wrong key and a cursor that is none end it', async () => {
  await assert.rejects(follow(connect(url, 'pg_wrong'), CHANGES).next(), (error) => error.response.status === 401);
  await assert.rejects(follow(connect(url, keys.partner_app), CHANGES, 'nonsense').next(), (errors) => {
    return errors[0].extensions.code === 'INVALID_CURSOR';
  });
});

test('comes back after cuts: nothing missing, nothing twice', async () => {
  await hearsAllThroughCuts((at, key, after, hear, fail) => {
    const sse = connect(at, key);
    const listen = async () => {
      for await (const change of follow(sse, CHANGES, after)) hear(change);
    };
    listen().catch(fail);
    return () => sse.dispose();
  });
});
