import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { allClients, hearsAllThroughCuts, keys, newClient, url } from '../harness.mjs';

const run = (...command) =>
  execFileSync(command[0], command.slice(1), { cwd: import.meta.dirname, stdio: ['ignore', 'inherit', 'inherit'] });

before(() => run('graphql-codegen', '--config', 'codegen.ts', '--errors-only'));

test('code that uses the generated types compiles under strict', () => {
  run('tsc', '--strict', '--noEmit', '--project', '.');
});

test('the typed client asks and changes', async () => {
  const { connect } = await import('./client.ts');
  const { clientNames, createClient } = await import('./portal.ts');
  const ask = connect(url, keys.partner_admin);
  assert.equal((await clientNames(ask)).length, (await allClients()).length);
  const input = newClient();
  const id = await createClient(ask, input);
  assert.match(id, /^client_/);
  assert.equal(await createClient(ask, input), id);
  assert.deepEqual(await createClient(ask, { ...newClient(), domain: 'nowhere' }), ['INVALID']);
});

async function following() {
  const { connectSocket } = await import('./client.ts');
  const { tierChanges } = await import('./portal.ts');
  return (at, key, after) => tierChanges(connectSocket(at, key), after);
}

test('the typed subscription comes back after cuts: nothing missing, nothing twice', async () => {
  const follow = await following();
  await hearsAllThroughCuts((at, key, after, hear, fail) => {
    const listen = async () => {
      for await (const change of follow(at, key, after)) hear(change);
    };
    listen().catch(fail);
    return () => {};
  });
});

test('a wrong key and a cursor that is none end the typed subscription', async () => {
  const follow = await following();
  await assert.rejects(follow(url, 'pg_wrong').next(), { code: 4403 });
  await assert.rejects(follow(url, keys.partner_app, 'nonsense').next(), (errors) => {
    return errors[0].extensions.code === 'INVALID_CURSOR';
  });
});
