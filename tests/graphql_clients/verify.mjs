// Verifies the webhooks of the JSON on stdin, each with each secret: true, or why it is refused.
import { text } from 'node:stream/consumers';
import { received } from './webhooks.mjs';

const { secrets, webhooks } = JSON.parse(await text(process.stdin));
const outcome = (secret, { headers, body }) => {
  try {
    return Boolean(received(secret, headers, body));
  } catch (error) {
    return error.message;
  }
};
console.log(JSON.stringify(webhooks.map((webhook) => secrets.map((secret) => outcome(secret, webhook)))));
