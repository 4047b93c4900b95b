// SPDX-License-Identifier: Apache-2.0
// Sends one photo with tus-js-client: node upload.mjs BASE TOKEN FILE SHA256 PATCH|POST
// It prints one line of JSON. It must know of Tepai its address, a token and what to announce, and nothing else.

import { readFile } from 'node:fs/promises';
import { Upload } from 'tus-js-client';

const [base, token, file, sha256, method] = process.argv.slice(2);
const bytes = await readFile(file);
let retries = 0;

const upload = new Upload(bytes, {
  endpoint: `${base}/v1/uploads`,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { sha256, filetype: 'image/jpeg' },
  chunkSize: 64 * 1024,
  retryDelays: Array.from({ length: 20 }, () => 20),
  overridePatchMethod: method === 'POST',
  onShouldRetry: (error) => {
    retries += 1;
    const status = error.originalResponse?.getStatus() ?? 0;
    return status < 400 || status >= 500 || status === 409 || status === 423;
  },
  onError: (error) => end({ ok: false, error: String(error) }),
  onSuccess: () => end({ ok: true, url: upload.url }),
});

function end(outcome) {
  console.log(JSON.stringify({ ...outcome, retries }));
  process.exit(outcome.ok ? 0 : 1);
}

upload.start();
