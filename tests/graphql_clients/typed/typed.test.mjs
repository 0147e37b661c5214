import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { allClients, keys, newClient, url } from '../harness.mjs';

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
