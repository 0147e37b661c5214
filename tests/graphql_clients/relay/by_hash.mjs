// Asks by hash alone a server that answers the documents of one manifest only.
import assert from 'node:assert/strict';
import relay from 'relay-runtime';
import { ask, keys, until, url } from '../harness.mjs';
import { connect } from './environment.mjs';

const artifact = async (name) => (await import(`./__persisted__/${name}.graphql.js`)).default;

const query = await artifact('documentsViewerQuery');
assert.equal(query.params.text, null);
const { viewer } = await relay.fetchQuery(connect(url, keys.partner_admin), query, { first: 5 }).toPromise();
assert.equal(viewer.role, 'PARTNER_ADMIN');

const changes = await artifact('documentsChangesSubscription');
const failed = [];
const environment = connect(url, keys.partner_app);
relay.requestSubscription(environment, {
  subscription: changes,
  variables: { after: 'nonsense' },
  onError: (error) => failed.push(error),
});
await until(() => failed.length);
// It came as far as the cursor: the document is trusted.
assert.equal(failed[0][0].extensions.code, 'INVALID_CURSOR');

await assert.rejects(ask('partner_admin', '{ viewer { name } }'), /DOCUMENT_NOT_TRUSTED/);
process.exit();
