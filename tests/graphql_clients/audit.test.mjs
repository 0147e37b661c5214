import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { url } from './harness.mjs';

// In production there is no GET (notices), and no introspection, which two audits of variables ask for.
const CLOSED = ['notice 5A70', 'warn 2EA1', 'error 28B9', 'notice D6D5', 'notice 6A70'];

test('keeps to GraphQL over HTTP: every audit', async (t) => {
  const results = [];
  for (const audit of serverAudits({ url })) results.push(await audit.fn());
  const count = (status) => results.filter((result) => result.status === status).length;
  t.diagnostic(`${results.length} audits: ${count('ok')} ok, ${count('notice')} notices, ` +
    `${count('warn')} warnings, ${count('error')} errors`);
  const others = results.filter((result) => result.status !== 'ok');
  for (const { id, status, name, reason } of others) t.diagnostic(`${status} ${id} ${name}: ${reason}`);
  assert.equal(results.length, 61);
  const known = process.env.PARTNERGRAPH_PRODUCTION ? CLOSED : [];
  assert.deepEqual(others.map(({ status, id }) => `${status} ${id}`), known);
});
