import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow } from './follow.mjs';
import {
  allClients, BAD_QUERY, CHANGES, comesBackWhenUnavailable, CREATE, hearsAllThroughCuts, keys, newClient, PAGE, url,
} from './harness.mjs';
import { ask, connect } from './websocket.mjs';

/** A client that is let go at the end of the test. */
function connected(t, key) {
  const socket = connect(url, key);
  t.after(() => socket.dispose());
  return socket;
}

test('asks, and reads all pages over a socket', async (t) => {
  const socket = connected(t, keys.partner_admin);
  const ids = [];
  let after = null;
  do {
    const { edges, pageInfo } = (await ask(socket, PAGE, { first: 50, after })).clients;
    ids.push(...edges.map((edge) => edge.node.id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  assert.deepEqual(ids, await allClients());
});

test('a mutation sent twice is done once; a wrong one says why', async (t) => {
  const socket = connected(t, keys.partner_admin);
  const input = newClient();
  const first = await ask(socket, CREATE, { input });
  assert.deepEqual(first.createClient.userErrors, []);
  assert.deepEqual(await ask(socket, CREATE, { input }), first);
  const wrong = await ask(socket, CREATE, { input: { ...newClient(), name: ' ' } });
  assert.deepEqual(wrong.createClient.userErrors[0].field, ['name']);
});

test('a wrong query ends that operation alone', async (t) => {
  const socket = connected(t, keys.partner_admin);
  // Held open, so that the next operations share the socket.
  const changes = socket.iterate({ query: CHANGES });
  const waiting = changes.next();
  await assert.rejects(ask(socket, BAD_QUERY), (errors) => {
    return errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED';
  });
  await assert.rejects(ask(socket, '{ viewer'), (errors) => errors[0].extensions.code !== 'INTERNAL');
  assert.equal((await ask(socket, '{ viewer { role } }')).viewer.role, 'PARTNER_ADMIN');
  await changes.return();
  await waiting;
});

test('a key that is not let in closes the socket with 4403', async (t) => {
  const socket = connected(t, 'pg_wrong');
  await assert.rejects(ask(socket, '{ viewer { role } }'), { code: 4403 });
  await assert.rejects(follow(socket, CHANGES).next(), { code: 4403 });
});

test('a cursor that is none ends it', async (t) => {
  const socket = connected(t, keys.partner_app);
  await assert.rejects(follow(socket, CHANGES, 'nonsense').next(), (errors) => {
    return errors[0].extensions.code === 'INVALID_CURSOR';
  });
});

function start(at, key, after, hear, fail) {
  const socket = connect(at, key);
  const listen = async () => {
    for await (const change of follow(socket, CHANGES, after)) hear(change);
  };
  listen().catch(fail);
  return () => socket.terminate();
}

test('comes back after cuts: nothing missing, nothing twice', () => hearsAllThroughCuts(start));

test('comes back to a server that is unavailable for a moment', async () => {
  assert.equal(await comesBackWhenUnavailable(start), 1);
});
