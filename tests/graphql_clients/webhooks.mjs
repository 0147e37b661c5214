import { Webhook } from 'standardwebhooks';

// What a webhook tells; throws if it is not from the holder of the secret, or five minutes old.
// `body` is the text as it came: parsed and written again it would be another.
export function received(secret, headers, body) {
  return new Webhook(secret).verify(body, headers);
}
