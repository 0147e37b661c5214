// What the tests of the clients share: who calls, a connection that can be cut, tier changes to hear of.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { WebSocketServer } from 'ws';

export const url = process.env.PARTNERGRAPH_URL;
export const keys = JSON.parse(process.env.PARTNERGRAPH_KEYS);
export const SECONDS = 30;

export const PAGE = `query Page($first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  clients(first: $first, after: $after, last: $last, before: $before, orderBy: {field: NAME, direction: ASC}) {
    totalCount
    edges { cursor node { id name } }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}`;

export const CREATE = `mutation Create($input: CreateClientInput!) {
  createClient(input: $input) { client { id name } userErrors { code field message } }
}`;

export const CHANGES = `subscription Changes($after: Cursor) {
  tierChanged(after: $after) { cursor reason toTier { key } }
}`;

export const BAD_QUERY = '{ clients { nodes { nothing } } }';

let named = 0;

/** The input of a new client, another one for each call. */
export function newClient() {
  const name = `client-${process.pid}-${++named}`;
  return {
    idempotencyKey: name,
    start: { planCode: 'FREE' },
    name,
    domain: `${name}.example`,
    size: { employeeCount: 42 },
  };
}

/** Ask by plain HTTP, as somebody; gives the data. */
export async function ask(actor, query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys[actor]}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** The ids of all clients in the order of the pages, by plain HTTP. */
export async function allClients() {
  const ids = [];
  let after = null;
  do {
    const { edges, pageInfo } = (await ask('partner_admin', PAGE, { first: 100, after })).clients;
    ids.push(...edges.map((edge) => edge.node.id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  return ids;
}

/** The cursors of all tier changes of the demo's partner, oldest first, by plain HTTP. */
async function allChanges() {
  const query = `query Changes($after: Cursor) {
    viewer { partner { events(first: 100, after: $after, where: {type: [TIER_CHANGED]}) {
      nodes { cursor }
      pageInfo { hasNextPage endCursor }
    } } }
  }`;
  const cursors = [];
  let after = null;
  do {
    const { nodes, pageInfo } = (await ask('partner_admin', query, { after })).viewer.partner.events;
    cursors.push(...nodes.map((event) => event.cursor));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  return cursors.reverse();
}

/** Move the demo's partner to and fro. */
export async function changeTier(times) {
  const now = '{ viewer { partner { id standing(program: "sixclicks") { tier { key } } } } }';
  const { partner } = (await ask('partner_admin', now)).viewer;
  const set = `mutation Set($input: SetPartnerTierInput!) {
    setPartnerTier(input: $input) { userErrors { message } }
  }`;
  let tier = partner.standing.tier.key;
  for (let time = 0; time < times; time++) {
    tier = tier === 'gold' ? 'silver' : 'gold';
    const input = {
      idempotencyKey: crypto.randomUUID(),
      partnerId: partner.id,
      programKey: 'sixclicks',
      tierKey: tier,
      reason: 'Agreed',
    };
    assert.deepEqual((await ask('vendor_admin', set, { input })).setPartnerTier.userErrors, []);
  }
}

/** The same, once there are as many as the cuts of a test need. */
async function manyChanges() {
  let changes = await allChanges();
  if (changes.length < 40) {
    const all = changes.length + 40;
    await changeTier(40);
    // The last ones get their numbers, and so their cursors, a moment after the answer.
    while (changes.length < all) changes = await allChanges();
  }
  return changes;
}

/**
 * A way to the server that can be cut: all connections through it end at once, by reset. The first ones
 * end so by themselves, in mid-stream, after as many bytes from the server as `ends` says.
 */
async function cuttable(...ends) {
  const { hostname, port } = new URL(url);
  const open = new Set();
  let connections = 0;
  const server = net.createServer((near) => {
    connections++;
    const far = net.connect(port, hostname);
    let left = ends.shift() ?? Infinity;
    for (const [socket, other] of [[near, far], [far, near]]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => {
      near.write(data.subarray(0, left), () => left > 0 || near.resetAndDestroy());
      left -= data.length;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${server.address().port}/graphql`,
    cut,
    waits: () => ends.length,
    connections: () => connections,
    close() {
      cut();
      server.close();
    },
  };
}

/** Wait until something holds, as a subscriber would hear of it. */
export async function until(holds) {
  const end = Date.now() + SECONDS * 1000;
  while (!holds()) {
    assert.ok(Date.now() < end, 'It did not come to hold.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Hear of all tier changes there were and will be, through cuts: none is missed, none comes twice.
 * `start(url, key, after, hear, fail)` subscribes with the client under test; gives what ends it.
 */
export async function hearsAllThroughCuts(start) {
  const way = await cuttable(1_500, 0, 3_000);
  const [first, ...past] = await manyChanges();
  const heard = [];
  const failed = [];
  const count = async (expected) => until(() => heard.length >= expected || failed.length);
  const hear = (change) => heard.push(change.cursor);
  const stop = start(way.url, keys.partner_app, first, hear, (error) => failed.push(error));
  try {
    await count(past.length);
    assert.equal(way.waits(), 0);
    await changeTier(3);
    await count(past.length + 3);
    way.cut();
    await changeTier(3);
    await count(past.length + 6);
    // And as they come.
    const changed = changeTier(6);
    await count(past.length + 9);
    way.cut();
    await changed;
    await count(past.length + 12);
    assert.deepEqual(failed, []);
    assert.deepEqual(heard, (await allChanges()).slice(1));
  } finally {
    stop();
    way.close();
  }
}

/**
 * A server that is UNAVAILABLE to the first subscriber, and lets in nobody who comes back. Gives how
 * many came back until `fail` was called. `start` is that of hearsAllThroughCuts.
 */
export async function comesBackWhenUnavailable(start) {
  let connections = 0;
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const away = [{ message: 'Later.', extensions: { code: 'UNAVAILABLE' } }];
  server.on('connection', (socket) => {
    const first = ++connections === 1;
    socket.on('message', (message) => {
      const { type, id } = JSON.parse(message);
      if (!first) socket.close(4403, 'Forbidden');
      else if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      else if (type === 'subscribe') socket.send(JSON.stringify({ id, type: 'error', payload: away }));
    });
  });
  const failed = [];
  const stop = start(`http://127.0.0.1:${server.address().port}/graphql`, 'key', null, assert.fail, (error) => {
    failed.push(error);
  });
  await until(() => failed.length);
  stop();
  server.close();
  return connections - 1;
}

/**
 * Subscribe with a wrong key and with a wrong cursor: each is told once, and nobody comes back. Gives
 * the two errors. `start` is that of hearsAllThroughCuts.
 */
export async function tellsWhatLasts(start) {
  const [wrongKey, wrongCursor] = [['pg_wrong', null], [keys.partner_app, 'nonsense']];
  return Promise.all([wrongKey, wrongCursor].map(async ([key, after]) => {
    const way = await cuttable();
    const failed = [];
    const stop = start(way.url, key, after, assert.fail, (error) => failed.push(error));
    try {
      await until(() => failed.length);
      // Longer than the second after which they come back.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.equal(failed.length, 1);
      assert.equal(way.connections(), 1);
    } finally {
      stop();
      way.close();
    }
    return failed[0];
  }));
}
