import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow } from './follow.mjs';
import { BAD_QUERY, CHANGES, CREATE, hearsAllThroughCuts, keys, newClient, url } from './harness.mjs';
import { connect } from './sse.mjs';

/** The only result of a query or a mutation. */
async function ask(sse, query, variables) {
  for await (const result of sse.iterate({ query, variables })) return result;
}

test('asks and changes', async () => {
  const sse = connect(url, keys.partner_admin);
  assert.equal((await ask(sse, '{ viewer { role } }')).data.viewer.role, 'PARTNER_ADMIN');
  const input = newClient();
  const first = await ask(sse, CREATE, { input });
  assert.deepEqual(first.data.createClient.userErrors, []);
  assert.deepEqual(await ask(sse, CREATE, { input }), first);
});

test('tells what is wrong with a query and a key', async () => {
  const { errors } = await ask(connect(url, keys.partner_admin), BAD_QUERY);
  assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  await assert.rejects(ask(connect(url, 'pg_wrong'), '{ viewer { role } }'), (error) => {
    return error.response.status === 401;
  });
});

test('comes back after cuts: nothing missing, nothing twice', async () => {
  await hearsAllThroughCuts((at, key, after, hear) => {
    const sse = connect(at, key);
    const listen = async () => {
      for await (const change of follow(sse, CHANGES, after)) hear(change);
    };
    listen();
    return () => sse.dispose();
  });
});
