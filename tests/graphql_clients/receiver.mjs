// Runs the receiver in JavaScript that is on stdin, as Express would, with each of the requests there.
// Prints its answers and the events that it took.
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const { code, secret, requests } = JSON.parse(await text(process.stdin));
process.env.SECRET = secret;
const taken = [];
let receive;
const app = {
  // As `express.raw` does: a body of the type as bytes, any other is not read.
  post: (path, type, handler) => {
    receive = ({ headers, body }, response) =>
      handler({ headers, body: headers['content-type'] === type ? Buffer.from(body) : {} }, response);
  },
};
const express = Object.assign(() => app, { raw: ({ type }) => type });
const program = code.replace(/^import .*$/gm, '');
new Function('express', 'Webhook', 'enqueue', program)(express, Webhook, (id, event) => taken.push([id, event]));

const statuses = requests.map((request) => {
  let status;
  receive(request, { sendStatus: (given) => (status = given) });
  return status;
});
console.log(JSON.stringify({ statuses, taken }));
