// graphql-ws on Node with `ws`: the same subscription, fed by a publisher for each topic.
// `node --expose-gc server.mjs [kept] PORT`: with `kept`, one document for all subscribers that send
// the same text. POST /template, /publish and /collect are for the benchmark.
import { createServer } from 'node:http';
import { setImmediate as breath } from 'node:timers/promises';
import { buildSchema, parse, validate } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const schema = buildSchema(`
  scalar Cursor
  scalar DateTime
  scalar JSONObject
  enum TierDirection { PLACED PROMOTION DEMOTION REMOVED }
  type Query { ok: Boolean! }
  type Partner { id: ID! name: String! }
  type TierProgram { key: String! name: String! }
  type Tier { key: String! name: String! rank: Int! }
  type Benefit { key: String! name: String! }
  type TierBenefit { benefit: Benefit! value: JSONObject! }
  type TierChanged {
    cursor: Cursor!
    occurredAt: DateTime!
    direction: TierDirection!
    reason: String!
    partner: Partner!
    program: TierProgram!
    fromTier: Tier
    toTier: Tier
    benefitsGained: [TierBenefit!]!
    benefitsLost: [TierBenefit!]!
  }
  type Subscription { tierChanged(partnerId: ID, after: Cursor): TierChanged! }
`);

const topics = new Map();

function publish(topic, event) {
  for (const push of topics.get(topic) ?? []) push(event);
}

function follow(topic) {
  const waiting = [];
  let wake = null;
  const push = (value) => {
    if (wake) {
      wake({ value, done: false });
      wake = null;
    } else waiting.push(value);
  };
  if (!topics.has(topic)) topics.set(topic, new Set());
  topics.get(topic).add(push);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (waiting.length) return Promise.resolve({ value: waiting.shift(), done: false });
      return new Promise((resolve) => (wake = resolve));
    },
    return() {
      topics.get(topic).delete(push);
      wake?.({ value: undefined, done: true });
      return Promise.resolve({ value: undefined, done: true });
    },
  };
}

schema.getSubscriptionType().getFields().tierChanged.subscribe = (_, { partnerId }) =>
  follow(partnerId);

let template = {};
let sequence = 0;

// As many at a time as the relay of ours numbers.
async function publishAll(events) {
  for (const [index, [topic, reason]] of events.entries()) {
    if (index % 500 === 499) await breath();
    const cursor = Buffer.from(`e1:${++sequence}`).toString('base64url');
    publish(topic, { tierChanged: { ...template, reason, cursor } });
  }
}

const documents = new Map();

// The library's way to answer a subscriber with an operation that is there already.
function onSubscribe(_context, _id, { query, operationName, variables: variableValues }) {
  if (!documents.has(query)) {
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length) return errors;
    documents.set(query, document);
  }
  return { schema, document: documents.get(query), operationName, variableValues };
}

const http = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  response.end();
  if (request.url === '/template') template = JSON.parse(body);
  if (request.url === '/publish') await publishAll(JSON.parse(body));
  if (request.url === '/collect') globalThis.gc();
});
const server = new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false });
useServer(process.argv[2] === 'kept' ? { schema, onSubscribe } : { schema }, server);
http.listen(Number(process.argv.at(-1)), '127.0.0.1');
