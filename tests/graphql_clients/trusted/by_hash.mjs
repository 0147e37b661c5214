// Apollo Client and urql, each with its cache, ask by hash alone a server that answers one manifest only.
import assert from 'node:assert/strict';
import { pipe, subscribe } from 'wonka';
import { ask, keys, newClient, until, url } from '../harness.mjs';
import { ChangesDocument, CreateDocument, PageDocument } from './__generated__/graphql.ts';
import * as apollos from './apollo.mjs';
import * as urqls from './urql.mjs';

const invalidCursor = { after: 'nonsense' };
// It came as far as the cursor: the document is trusted.
const isInvalidCursor = async (told) => {
  await until(() => told.length);
  assert.match(told[0], /INVALID_CURSOR/);
};

const apollo = apollos.connect(url, keys.partner_admin);
const page = await apollo.query({ query: PageDocument, variables: { first: 3 } });
assert.equal(page.data.clients.edges.length, 3);
assert.deepEqual(apollo.readQuery({ query: PageDocument, variables: { first: 3 } }), page.data);
const created = await apollo.mutate({ mutation: CreateDocument, variables: { input: newClient() } });
assert.deepEqual(created.data.createClient.userErrors, []);
const told = [];
apollos
  .connect(url, keys.partner_app)
  .subscribe({ query: ChangesDocument, variables: invalidCursor })
  .subscribe({
    next: ({ error }) => told.push(JSON.stringify(error?.errors)),
    error: (error) => told.push(JSON.stringify(error.errors ?? error)),
  });
await isInvalidCursor(told);

const urql = urqls.connect(url, keys.partner_admin);
const first = await urql.query(PageDocument, { first: 3 }).toPromise();
assert.equal(first.error, undefined);
assert.equal(first.data.clients.edges.length, 3);
assert.deepEqual(urql.readQuery(PageDocument, { first: 3 }).data, first.data);
const more = await urql.mutation(CreateDocument, { input: newClient() }).toPromise();
assert.deepEqual(more.data.createClient.userErrors, []);
const heard = [];
pipe(
  urqls.connect(url, keys.partner_app).subscription(ChangesDocument, invalidCursor),
  subscribe(({ error }) => heard.push(JSON.stringify(error.graphQLErrors))),
);
await isInvalidCursor(heard);

await assert.rejects(ask('partner_admin', '{ viewer { name } }'), /DOCUMENT_NOT_TRUSTED/);
process.exit();
