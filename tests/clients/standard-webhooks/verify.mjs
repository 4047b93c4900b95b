// SPDX-License-Identifier: Apache-2.0
// Verifies one message with the library of the specification: node verify.mjs SECRET ID TIMESTAMP SIGNATURE BODY
// It prints one line of JSON. It must know of Tepai nothing at all.

import { Webhook } from 'standardwebhooks';

const [secret, id, timestamp, signature, body] = process.argv.slice(2);
try {
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  const message = new Webhook(secret).verify(body, headers);
  console.log(JSON.stringify({ ok: true, type: message.type }));
} catch (error) {
  console.log(JSON.stringify({ ok: false, error: String(error) }));
}
