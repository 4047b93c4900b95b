# SPDX-License-Identifier: Apache-2.0
"""Sends one photo with tuspy: python upload.py BASE TOKEN FILE SHA256

It prints one line of JSON. It must know of Tepai its address, a token and what to announce, and nothing else.
"""

import json
import sys

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError


def main() -> None:
    base, token, path, sha256 = sys.argv[1:]
    client = TusClient(f"{base}/v1/uploads", headers={"Authorization": f"Bearer {token}"})
    uploader = client.uploader(
        path,
        chunk_size=64 * 1024,
        metadata={"sha256": sha256, "filetype": "image/jpeg"},
        retries=8,
        retry_delay=0,
        upload_checksum=True,
    )
    # It tries chunks again by itself, and leaves it to its user to begin again.
    for attempt in range(20):
        try:
            uploader.upload()
        except TusCommunicationError as error:
            failure = str(error)
            continue
        print(json.dumps({"ok": uploader.offset == uploader.get_file_size(), "url": uploader.url, "attempts": attempt + 1}))
        return
    print(json.dumps({"ok": False, "error": failure}))
    sys.exit(1)


main()
