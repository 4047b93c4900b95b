// SPDX-License-Identifier: Apache-2.0
//! The joint: RxDB's replication on one side, `POST /v1/sync` on the other. Numbers such as R4.2 are rules of
//! protocol.md. It must not know what the fields of a record mean, how the server merges, or what a scenario plays.
//!
//! Four collections: `records` is what the app reads and writes, and the only one that RxDB replicates;
//! `replica` is what the server told (R1.1); `outbox` is mutations, as they were sent (R4.1); `state` the rest.

import { randomBytes, randomUUID } from 'node:crypto';
import { createRxDatabase, deepEqual } from 'rxdb/plugins/core';
import type { RxCollection, RxDatabase, RxJsonSchema, RxStorage, WithDeleted } from 'rxdb/plugins/core';
import { replicateRxCollection } from 'rxdb/plugins/replication';
import type { RxReplicationState } from 'rxdb/plugins/replication';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Fields = Record<string, Json>;
export type Clock = { wall: number; boot: string; mono_ms: number };
export type Problem = { code: string; title?: { zh: string; en: string }; retry?: string; user_action?: string };
export type Conflict = { id: string; field?: string; rule: string; kept?: Json; lost?: Json; mutation?: string };

/** What the app sees: the server's state of a record with the person's edits in it. It writes `data` alone. */
export type RecordDoc = {
  id: string;
  kind: string;
  data: Fields;
  /** The revision that the person sees, and nothing but a pull changes: the `base` of the next edit (R4.2). 0: none. */
  rev: number;
  /** The life of the server's database in which `rev` was seen. */
  epoch: string;
  ext?: Fields;
  held?: string;
  /** Open conflicts about this record, with the value that lost (R9.2). */
  conflicts: Conflict[];
  /** Refused mutations of this record that wait for the person; their content is in the outbox (R12.1). */
  attention: string[];
  /** Gone because its village was reassigned, which is not a deletion (R11.3). */
  left?: boolean;
  /** Saves since the last pull, each the id of a mutation or part of the next one. */
  saves: string[];
  /** The clocks at the last save. */
  edited?: Clock;
};

type Operation = 'create' | 'patch' | 'delete' | 'undelete' | 'command';
export type Mutation = {
  mid: string;
  n: number;
  op: Operation;
  kind: string;
  id: string;
  base?: number;
  set?: Fields;
  unset?: string[];
  add?: Record<string, Json[]>;
  remove?: Record<string, Json[]>;
  name?: string;
  supersedes?: string;
  edited: Clock;
};

/** One mutation as it was first sent, and what became of it. `outcome` is empty until it is durable. */
export type OutboxDoc = {
  mid: string;
  n: number;
  record: string;
  epoch: string;
  mutation: Mutation;
  /** The state of the document that this mutation leads to. */
  target?: WithDeleted<RecordDoc>;
  outcome: '' | 'applied' | 'merged' | 'held' | 'rejected' | 'mended' | 'discarded';
  settled_at?: number;
  rev?: number;
  replayed?: boolean;
  conflicts?: FieldConflict[];
  problem?: Problem;
};

type ReplicaDoc = {
  id: string;
  kind: string;
  rev: number;
  epoch: string;
  data: Fields;
  ext?: Fields;
  held?: string;
  tombstone: boolean;
  scopes: string[];
  /** Scopes that are being rebuilt (R10.9), and whether the next change is taken whatever its rev. */
  marks: string[];
  open: boolean;
};

type StateDoc = { id: string; generation: string; ticket: string; epoch: string; n: number; life: number };

type FieldConflict = { conflict_id: string; field: string; rule: string; yours_kept: boolean; kept?: Json; lost?: Json };
type Result = {
  mid?: string;
  outcome: string;
  rev?: number;
  conflicts?: FieldConflict[];
  problem?: Problem;
  replayed?: boolean;
};
type Change = {
  scope: string;
  op: string;
  kind: string;
  id: string;
  rev: number;
  data?: Fields;
  ext?: Fields;
  held?: string;
};
type Total = { count: number; sum: string };
type Page = {
  changes: Change[];
  cursor: string;
  more: boolean;
  evict?: string[];
  reset?: string[];
  total?: Total;
  check?: (Total & { scope: string })[];
};
type Answer = {
  server_time: number;
  epoch: string;
  ticket: string;
  poll_after_s: number;
  results: Result[];
  pull?: Page;
};
type Checkpoint = { life: number; cursor: string };
export type Hello = {
  person_id: string;
  epoch: string;
  scopes: { scope: string; since?: string }[];
  limits: { max_mutations: number; max_body_bytes: number };
};
export type Enrolment = { device_id: string; person_id: string; token: string };
export type Fetch = typeof fetch;

type Row = { newDocumentState: WithDeleted<RecordDoc>; assumedMasterState?: WithDeleted<RecordDoc> };

const DURABLE = ['applied', 'merged', 'held', 'rejected'];
const JOURNAL_MS = 35 * 24 * 3600 * 1000;
const BATCH = 100;
const BATCH_BYTES = 1_000_000;
const NOT_THE_SERVER = 'not_the_server';

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly retryAfterMs: number,
  ) {
    super(`${status} ${problem.code}`);
  }
}

export function uuidv7(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const boot = randomUUID();
function clock(): Clock {
  return { wall: Date.now(), boot, mono_ms: Math.floor(performance.now()) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}

async function ask<T>(send: Fetch, url: string, init: RequestInit): Promise<T> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) {
    throw new Error(`${hostname} wants https (R2.1)`);
  }
  // R2.8: the token does not follow redirects. R2.9: only JSON of the server is the server's.
  const response = await send(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(180_000) });
  const type = (response.headers.get('content-type') ?? '').split(';')[0];
  if (response.ok && type === 'application/json') {
    return (await response.json()) as T;
  }
  const problem = type === 'application/problem+json' ? ((await response.json()) as Fields) : {};
  const seconds = Math.max(Number(response.headers.get('retry-after')) || 0, Number(problem.retry_after_s) || 0);
  const { code = NOT_THE_SERVER, words: title, retry, user_action } = problem;
  throw new Refused(response.status, compact({ code, title, retry, user_action }) as Problem, seconds * 1000);
}

/** `POST /v1/devices/enrol`: a one-time code becomes a device. */
export function enrol(send: Fetch, base: string, code: string, deviceName: string): Promise<Enrolment> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ code, device_name: deviceName });
  return ask(send, `${base}/v1/devices/enrol`, { method: 'POST', headers, body });
}

const open = { type: 'object', additionalProperties: true } as const;
const texts = { type: 'array', items: { type: 'string' } } as const;
const objects = { type: 'array', items: open } as const;
const text = { type: 'string' } as const;
const key = { type: 'string', maxLength: 36 } as const;
const number = { type: 'number' } as const;
const flag = { type: 'boolean' } as const;

function schema<T>(primaryKey: string, properties: object): RxJsonSchema<T> {
  return { version: 0, primaryKey, type: 'object', properties } as unknown as RxJsonSchema<T>;
}

const RECORDS = schema<RecordDoc>('id', {
  id: key, kind: text, data: open, rev: number, epoch: text, ext: open, held: text, conflicts: objects,
  attention: texts, left: flag, saves: texts, edited: open,
});
const OUTBOX = schema<OutboxDoc>('mid', {
  mid: key, n: number, record: text, epoch: text, mutation: open, target: open, outcome: text, settled_at: number,
  rev: number, replayed: flag, conflicts: objects, problem: open,
});
const REPLICA = schema<ReplicaDoc>('id', {
  id: key, kind: text, rev: number, epoch: text, data: open, ext: open, held: text, tombstone: flag, scopes: texts,
  marks: texts, open: flag,
});
const STATE = schema<StateDoc>('id', {
  id: key, generation: text, ticket: text, epoch: text, n: number, life: number,
});

type Collections = {
  records: RxCollection<RecordDoc>;
  outbox: RxCollection<OutboxDoc>;
  replica: RxCollection<ReplicaDoc>;
  state: RxCollection<StateDoc>;
};

/** What leads from one state of the fields to another: arrays are sets, changed by element (R4.6). */
export function diff(from: Fields, to: Fields): Pick<Mutation, 'set' | 'unset' | 'add' | 'remove'> {
  const set: Fields = {};
  const add: Record<string, Json[]> = {};
  const remove: Record<string, Json[]> = {};
  const unset = Object.keys(from).filter((name) => !(name in to));
  for (const [name, value] of Object.entries(to)) {
    const old = from[name];
    if (deepEqual(old, value)) {
      continue;
    }
    if (Array.isArray(value)) {
      const before = Array.isArray(old) ? old : [];
      const added = value.filter((element) => !before.includes(element));
      const removed = before.filter((element) => !value.includes(element));
      if (added.length > 0) add[name] = added;
      if (removed.length > 0) remove[name] = removed;
    } else {
      set[name] = value;
    }
  }
  return {
    ...(Object.keys(set).length > 0 && { set }),
    ...(unset.length > 0 && { unset }),
    ...(Object.keys(add).length > 0 && { add }),
    ...(Object.keys(remove).length > 0 && { remove }),
  };
}

export type Options = { name: string; storage: RxStorage<any, any>; base: string; token: string; send?: Fetch };

/** A phone: one person's database and its replication. */
export class Phone {
  /** Whether the replica agreed with the server's `total` at the end of the last pull (R10.7); empty before that. */
  agreed: boolean | undefined;
  replication!: RxReplicationState<RecordDoc, Checkpoint>;
  private failures = 0;
  private turn: Promise<unknown> = Promise.resolve();
  /** Records to show anew with the next pull, though it may not bring them (again). */
  private readonly stale = new Set<string>();
  /** Revisions of this phone's own pushes: an older page must not take the edit away again (R5.6). */
  private readonly pushed = new Map<string, number>();
  /** Records with a mutation that waits for its result: the person's edit is shown, not what comes down (R1.1). */
  private readonly unsettled = new Set<string>();
  /** How many mutations could still be sent. */
  private left = 0;
  private rebuiltAt = '';
  private notBefore = 0;
  /** How large a batch may be, of what it may be at most: halved and doubled (R16.2). */
  private share = 1;
  private most = { mutations: BATCH, bytes: BATCH_BYTES };
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly db: RxDatabase<Collections>,
    private readonly options: Options,
  ) {}

  get records(): RxCollection<RecordDoc> {
    return this.db.records;
  }

  get outbox(): RxCollection<OutboxDoc> {
    return this.db.outbox;
  }

  static async open(options: Options): Promise<Phone> {
    const { name, storage } = options;
    const db = await createRxDatabase<Collections>({ name, storage, multiInstance: false });
    const phone = new Phone(db, options);
    await db.addCollections({
      records: {
        schema: RECORDS,
        conflictHandler: {
          isEqual: (a: WithDeleted<RecordDoc>, b: WithDeleted<RecordDoc>, context: string) =>
            (context === 'downstream-check-if-equal-1' && phone.isOlder(a)) || same(a, b),
          // Never asked: the server merges, and a phone never does (8).
          resolve: (input: { realMasterState: WithDeleted<RecordDoc> }) => input.realMasterState,
        },
      },
      outbox: { schema: OUTBOX },
      replica: { schema: REPLICA },
      state: { schema: STATE },
    } as never);
    // Writes of the app pass here, those of the replication do not.
    const stamp = (doc: RecordDoc) => {
      doc.saves = [...(doc.saves ?? []), uuidv7()];
      doc.edited = clock();
    };
    db.records.preInsert((doc) => {
      Object.assign(doc, { rev: 0, epoch: '', conflicts: [], attention: [], saves: [] });
      stamp(doc);
    }, false);
    db.records.preSave(stamp, false);
    db.records.preRemove(stamp, false);
    if (!(await db.state.findOne('state').exec())) {
      // R14.5: a real phone keeps a marker of the generation where backups do not reach.
      await db.state.insert({ id: 'state', generation: uuidv7(), ticket: '', epoch: '', n: 0, life: 0 });
    }
    await phone.resume();
    return phone;
  }

  /** What was known beside the collections before the app was closed. RxDB skips documents that are shown already. */
  private async resume(): Promise<void> {
    for (const { record, outcome, rev } of await this.entries({})) {
      this.stale.add(record);
      if (outcome === '') {
        this.unsettled.add(record);
        this.left += 1;
        await this.countUnsettled(record);
      } else if (rev !== undefined && outcome !== 'rejected') {
        this.pushed.set(record, Math.max(rev, this.pushed.get(record) ?? 0));
      }
    }
    for (const { id } of await this.db.replica.find({ selector: { scopes: { $size: 0 } } }).exec()) {
      this.stale.add(id);
    }
  }

  /** Whether a pulled state lacks what this phone did to the record, and must not replace it. */
  private isOlder(pulled: WithDeleted<RecordDoc>): boolean {
    const reached = pulled._deleted ? 0 : (this.pushed.get(pulled.id) ?? 0);
    return this.unsettled.has(pulled.id) || pulled.rev < reached;
  }

  async hello(): Promise<Hello> {
    const hello = await this.request<Hello>('GET', '/v1/sync/hello');
    const { max_mutations, max_body_bytes } = hello.limits;
    this.most = { mutations: Math.min(BATCH, max_mutations), bytes: Math.min(BATCH_BYTES, max_body_bytes / 2) };
    return hello;
  }

  start(): void {
    this.replication = replicateRxCollection<RecordDoc, Checkpoint>({
      replicationIdentifier: 'tepai',
      collection: this.db.records,
      live: true,
      retryTime: 1000,
      push: { batchSize: BATCH, handler: (rows) => this.inTurn(() => this.push(rows as Row[])) },
      pull: { batchSize: 300, handler: (from, limit) => this.inTurn(() => this.pull(from, limit)) },
    });
  }

  /** Pushes and pulls until nothing is left to do. */
  async sync(): Promise<void> {
    for (;;) {
      await this.replication.awaitInSync();
      this.replication.reSync();
      await this.replication.awaitInSync();
      if (this.left === 0) {
        return;
      }
      await pause(this.replication.retryTime ?? 1000); // R5.7
    }
  }

  /** Saves a command, such as `undo_conflict` on a conflict; it goes with the next sync. */
  async command(id: string, kind: string, name: string): Promise<string> {
    return this.inTurn(async () => {
      const seen = await this.replica(id);
      const base = seen ? { base: seen.rev } : {};
      const body = { op: 'command' as const, kind, id, ...base, name, edited: clock() };
      return this.freeze(uuidv7(), seen?.epoch ?? '', body);
    });
  }

  /** What the server told of a record: its revision, and whether it was deleted, or only left this phone. */
  async replicaOf(id: string): Promise<{ rev: number; deleted: boolean; left: boolean } | undefined> {
    const replica = await this.replica(id);
    return replica && { rev: replica.rev, deleted: replica.tombstone, left: replica.scopes.length === 0 };
  }

  /** The person gives up a refused mutation (R12.4). */
  async discard(mid: string): Promise<void> {
    const entry = await this.db.outbox.findOne(mid).exec(true);
    if (entry.mutation.op === 'create') {
      await (await this.db.records.findOne(entry.record).exec())?.incrementalRemove();
      return;
    }
    await entry.incrementalPatch({ outcome: 'discarded' });
    this.stale.add(entry.record);
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.replication?.cancel();
    await this.db.close();
  }

  // --- up ---

  /**
   * RxDB's push: rows of documents become mutations in the outbox, once each. The pull that follows sends them, so
   * that a push which fails never holds up what comes down (R10.3); RxDB would hold it up.
   */
  private async push(rows: Row[]): Promise<[]> {
    for (const row of rows) {
      await this.toMutation(row);
    }
    if (this.left > 0) {
      this.replication.reSync();
    }
    return [];
  }

  /** Makes the mutation that leads to the new state from what was frozen last, unless there is one already. */
  private async toMutation({ newDocumentState: to, assumedMasterState: assumed }: Row): Promise<void> {
    const entries = await this.entriesOf(to);
    const last = entries.at(-1);
    const mid = to.saves.at(-1);
    if (!mid || last?.mid === mid || assumed?.saves.at(-1) === mid) {
      return;
    }
    const from = last && assumed?.saves.at(-1) !== last.mid ? last.target : assumed;
    // A refused creation is mended by the next save: all of it again, under another mid (R12.3).
    const refused = entries.find(({ mutation, outcome }) => mutation.op === 'create' && outcome === 'rejected');
    const isNew = refused || !from || from.left;
    if (isNew && to._deleted) {
      await this.closeEntries(refused ? entries : [], 'discarded');
      return;
    }
    const head = { kind: to.kind, id: to.id, edited: to.edited ?? clock() };
    // `rev` of the document is what the person saw: a pull skips a document with edits of its own.
    const base = to.rev > 0 ? { base: to.rev } : assumed && assumed.rev > 0 ? { base: assumed.rev } : {};
    const epoch = (to.rev > 0 ? to.epoch : assumed?.epoch) || (await this.state()).epoch;
    let body: Omit<Mutation, 'mid' | 'n'>;
    if (isNew) {
      body = { ...head, op: 'create', set: to.data, ...(refused && { supersedes: refused.mid }) };
    } else if (to._deleted) {
      body = { ...head, op: 'delete', ...base };
    } else {
      const change = diff(from.data, to.data);
      const op = from._deleted ? 'undelete' : 'patch';
      if (op === 'patch' && Object.keys(change).length === 0) {
        return;
      }
      body = { ...head, op, ...base, ...change };
    }
    if (refused) {
      await this.closeEntries(entries, 'mended');
    }
    await this.freeze(mid, epoch, body, to);
  }

  /** Writes a mutation into the outbox; from here on it does not change (R4.1). */
  private async freeze(
    mid: string,
    epoch: string,
    body: Omit<Mutation, 'mid' | 'n'>,
    target?: WithDeleted<RecordDoc>,
  ): Promise<string> {
    const n = (await this.state()).n + 1;
    await this.remember({ n });
    const mutation: Mutation = { mid, n, ...body };
    this.unsettled.add(body.id);
    this.left += 1;
    await this.db.outbox.insert({ mid, n, record: body.id, epoch, mutation, outcome: '', ...(target && { target }) });
    return mid;
  }

  /** Sends what has no durable result yet, oldest first, in batches of one epoch (R4.3, R4.11). */
  private async flush(): Promise<void> {
    const rejected = await this.entries({ outcome: 'rejected' });
    const blocked = rejected.filter(({ mutation }) => mutation.op === 'create').map(({ record }) => record);
    const open = await this.entries({ outcome: '' });
    const waiting = open.filter(({ record }) => !blocked.includes(record));
    this.left = waiting.length;
    let sent = 0;
    while (waiting.length > 0) {
      const batch: OutboxDoc[] = [];
      let room = this.most.bytes * this.share;
      const { epoch } = waiting[0]!;
      while (waiting[0]?.epoch === epoch && batch.length < Math.max(1, this.most.mutations * this.share)) {
        room -= Buffer.byteLength(JSON.stringify(waiting[0].mutation));
        if (room < 0 && batch.length > 0) {
          break;
        }
        batch.push(waiting.shift()!);
      }
      try {
        await this.exchange({
          ...(epoch && { epoch }),
          mutations: batch.map((entry) => entry.mutation as unknown as Json),
          waiting: {
            mutations: open.length + rejected.length - sent - batch.length,
            needs_attention: rejected.length,
          },
        });
        sent += batch.length;
        this.share = Math.min(1, this.share * 2);
      } catch (error) {
        await this.halve(batch, error);
        waiting.unshift(...(batch.length > 1 ? batch : []));
      }
    }
  }

  /** R16.2: what is too much at once goes in halves, and what is refused alone needs attention. Else it throws. */
  private async halve(batch: OutboxDoc[], error: unknown): Promise<void> {
    const { status, problem } = error instanceof Refused ? error : { status: 0, problem: { code: '' } };
    if (status !== 413 && problem.code !== 'malformed_request') {
      throw error;
    }
    if (batch.length > 1) {
      this.share = Math.min(this.share / 2, batch.length / 2 / this.most.mutations);
    } else if (problem.code === NOT_THE_SERVER) {
      throw error; // A proxy's; it waits.
    } else {
      await this.settle({ mid: batch[0]!.mid, outcome: 'rejected', problem }, Date.now());
    }
  }

  // --- down ---

  /** RxDB's pull: pages become documents. The cursor is RxDB's checkpoint, stored after them. */
  private async pull(
    checkpoint: Checkpoint | undefined,
    limit: number,
  ): Promise<{ documents: WithDeleted<RecordDoc>[]; checkpoint: Checkpoint }> {
    // A push that fails does not hold up the pull.
    await this.flush().catch(() => undefined);
    let { life } = await this.state();
    let cursor = checkpoint?.life === life ? checkpoint.cursor : undefined;
    for (let more = true; more && this.stale.size < limit; ) {
      let page: Page | undefined;
      try {
        page = await this.exchange({ pull: { ...(cursor && { cursor }), limit } });
      } catch (error) {
        if (!(error instanceof Refused && error.problem.code === 'invalid_cursor')) {
          throw error;
        }
        await this.rebuild(); // R10.11
      }
      if (!page) {
        life = (await this.state()).life;
        cursor = undefined;
        await this.flush().catch(() => undefined);
        continue;
      }
      for (const id of await this.take(page)) {
        this.stale.add(id); // Outlives a page after this one that fails: what was evicted is named once (R11.2).
      }
      cursor = page.cursor;
      more = page.more;
      if (page.total) {
        this.agreed = await this.agrees(page.total, page.check);
        // R10.8, without the question for `verify`: who rebuilds marks every scope anyway (R10.9).
        if (!this.agreed && this.rebuiltAt !== page.total.sum) {
          this.rebuiltAt = page.total.sum;
          life = await this.rebuild();
          cursor = undefined;
          more = true;
        }
      }
    }
    const documents = [];
    for (const id of [...this.stale]) {
      const view = (await this.view(id)) ?? (await this.refusedCreation(id));
      if (view) {
        documents.push(view);
      }
      this.stale.delete(id);
    }
    if (this.left > 0) {
      // R5.7: what was answered with `retry`, or could not be sent.
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.replication.reSync(), this.replication.retryTime).unref();
    }
    return { documents, checkpoint: { life, cursor: cursor! } };
  }

  /** The reducer (10). Returns the records whose view may be another now. */
  private async take(page: Page): Promise<Set<string>> {
    const { epoch } = await this.state();
    const touched = new Set<string>();
    const held = new Map<string, ReplicaDoc>();
    for (const doc of await this.db.replica.find().exec()) {
      held.set(doc.id, doc.toMutableJSON() as ReplicaDoc);
    }
    const dirty = new Set<ReplicaDoc>();
    const touch = (doc: ReplicaDoc) => {
      dirty.add(doc);
      touched.add(doc.id);
      if (doc.kind === 'conflict' && typeof doc.data.record_id === 'string') {
        touched.add(doc.data.record_id);
      }
    };
    const leave = (doc: ReplicaDoc, scopes: string[]) => {
      doc.scopes = doc.scopes.filter((scope) => !scopes.includes(scope));
      doc.marks = doc.marks.filter((scope) => !scopes.includes(scope));
      touch(doc);
    };
    for (const doc of held.values()) {
      if (doc.scopes.some((scope) => page.evict?.includes(scope))) {
        leave(doc, page.evict!);
      }
      const rebuilt = doc.scopes.filter((scope) => page.reset?.includes(scope));
      if (rebuilt.length > 0) {
        doc.marks = [...new Set([...doc.marks, ...rebuilt])];
        doc.open = true;
        dirty.add(doc);
      }
    }
    for (const change of page.changes) {
      let doc = held.get(change.id);
      const isHeld = doc !== undefined && doc.scopes.length > 0;
      if (change.op === 'put') {
        if (!doc) {
          doc = { ...EMPTY, id: change.id, scopes: [], marks: [] };
          held.set(change.id, doc);
        }
        if (!isHeld || doc.open || change.rev > doc.rev) {
          const { kind, rev, data = {}, ext, held } = change;
          Object.assign(doc, { kind, rev, epoch, data, ext, held, tombstone: false, open: false });
        }
        doc.scopes = [...new Set([...doc.scopes, change.scope])];
      } else if (change.op === 'delete' && doc && isHeld) {
        touch(doc);
        if (doc.open || change.rev > doc.rev) {
          const { rev } = change;
          Object.assign(doc, { rev, epoch, data: {}, ext: undefined, held: undefined, tombstone: true, open: false });
        }
        doc.scopes = [...new Set([...doc.scopes, change.scope])];
      } else if (change.op === 'leave' && doc) {
        leave(doc, [change.scope]);
      } else {
        continue;
      }
      doc.marks = doc.marks.filter((scope) => scope !== change.scope);
      touch(doc);
    }
    for (const doc of held.values()) {
      if (!page.more && (doc.marks.length > 0 || doc.open)) {
        leave(doc, doc.marks);
        doc.open = false;
      }
    }
    for (const doc of dirty) {
      if (doc.scopes.length === 0) {
        // A stub stays to say that it left; edits of it that still wait are the documents' and the outbox's.
        Object.assign(doc, { data: {}, ext: undefined, held: undefined });
      }
    }
    await this.db.replica.bulkUpsert([...dirty].map(compact));
    return touched;
  }

  /** Marks everything for rebuilding; cursors of the life before are not used again. */
  private async rebuild(forgetRevisions = false): Promise<number> {
    const docs = (await this.db.replica.find().exec()).map((doc) => doc.toMutableJSON() as ReplicaDoc);
    for (const doc of docs) {
      doc.marks = [...doc.scopes];
      doc.open = true;
      doc.rev = forgetRevisions ? 0 : doc.rev;
    }
    await this.db.replica.bulkUpsert(docs.map(compact));
    const life = (await this.state()).life + 1;
    await this.remember({ life });
    return life;
  }

  /** R10.6, R10.7: whether the replica is what the server says, in all and in each scope that it names. */
  private async agrees(total: Total, check: (Total & { scope: string })[] = []): Promise<boolean> {
    const all = { count: 0, sum: 0 };
    const ofScope = new Map<string, typeof all>();
    for (const { id, rev, tombstone, scopes } of await this.db.replica.find().exec()) {
      for (const scope of tombstone ? [] : scopes) {
        const one = ofScope.get(scope) ?? { count: 0, sum: 0 };
        ofScope.set(scope, one);
        for (const tally of [one, all]) {
          tally.count += 1;
          tally.sum = (tally.sum + fnv1a32(`${id}:${rev}`)) >>> 0;
        }
      }
    }
    const is = (held = { count: 0, sum: 0 }, { count, sum }: Total) =>
      held.count === count && held.sum.toString(16).padStart(8, '0') === sum;
    return is(all, total) && check.every((told) => is(ofScope.get(told.scope), told));
  }

  /** The document of a record of the replica. */
  private async view(id: string): Promise<WithDeleted<RecordDoc> | undefined> {
    const replica = await this.replica(id);
    if (!replica) {
      return undefined;
    }
    const { kind, rev, epoch, data, ext, held, tombstone, scopes } = replica;
    const left = scopes.length === 0;
    const notes = await this.db.replica.find({ selector: { kind: 'conflict', tombstone: false } }).exec();
    const conflicts = notes
      .map((note) => note.toMutableJSON() as ReplicaDoc)
      .filter((note) => note.data.record_id === id && note.data.conflict_state === 'open' && note.scopes.length > 0)
      .map(({ id, data }) => compact({
        id,
        field: data.field as string | undefined,
        rule: data.rule as string,
        kept: parse(data.kept_json),
        lost: parse(data.lost_json),
        mutation: data.mutation_id as string,
      }) as Conflict);
    const attention = (await this.entries({ record: id, outcome: 'rejected' })).map((entry) => entry.mid);
    const _deleted = tombstone || left;
    return {
      id, kind, rev, epoch, conflicts, attention, saves: [], _deleted,
      data: _deleted ? {} : data,
      ...(ext && { ext }),
      ...(held && { held }),
      ...(left && { left }),
    };
  }

  /** A record that the server refused to make stays as the person wrote it, marked, until it is mended (R12.1). */
  private async refusedCreation(id: string): Promise<WithDeleted<RecordDoc> | undefined> {
    const refused = (await this.entries({ record: id, outcome: 'rejected' })).at(-1);
    const last = (await this.entries({ record: id })).at(-1);
    return refused && last?.target && { ...last.target, attention: [refused.mid] };
  }

  // --- both ways ---

  /** One `POST /v1/sync`: takes results, ticket and epoch, and returns the page if the epoch is the one before. */
  private async exchange(body: {
    mutations?: Json[];
    pull?: Json;
    waiting?: Json;
    epoch?: string;
  }): Promise<Page | undefined> {
    const before = await this.state();
    const { generation, ticket } = before;
    const replica = { generation, ...(ticket && { ticket }), app_version: 'rxdb-example/0.1.0' };
    let answer: Answer;
    try {
      answer = await this.request('POST', '/v1/sync', { protocol: 1, schema: 1, replica, clock: clock(), ...body });
    } catch (error) {
      if (error instanceof Refused && error.problem.code === 'device_forked') {
        await this.remember({ generation: uuidv7(), ticket: '' });
        return this.exchange(body);
      }
      throw error;
    }
    if (typeof answer.epoch !== 'string' || (body.pull && !answer.pull)) {
      throw new Error('not an answer to this sync');
    }
    for (const result of answer.results ?? []) {
      await this.settle(result, answer.server_time);
    }
    await this.remember({ ticket: answer.ticket, epoch: answer.epoch });
    if (before.epoch && before.epoch !== answer.epoch) {
      // R14.2: a restored server. What it may have lost goes up again.
      this.pushed.clear();
      await this.rebuild(true);
      for (const entry of await this.entries({ outcome: { $in: ['applied', 'merged', 'held'] } })) {
        if (answer.server_time - (entry.settled_at ?? 0) < JOURNAL_MS) {
          await (await this.db.outbox.findOne(entry.mid).exec(true)).incrementalPatch({ outcome: '' });
          this.left += 1;
        }
      }
      return undefined;
    }
    return answer.pull;
  }

  private async settle(result: Result, settled_at: number): Promise<void> {
    const entry = result.mid ? await this.db.outbox.findOne(result.mid).exec() : null;
    if (!entry || !DURABLE.includes(result.outcome)) {
      return; // R5.2: `retry`, and any word that is not known.
    }
    const { rev, conflicts, problem, replayed } = result;
    this.left -= entry.outcome === '' ? 1 : 0;
    // R9.4: somebody has answered that conflict already; the person is not asked.
    const isMoot = entry.mutation.kind === 'conflict' && problem?.code === 'illegal_transition';
    const outcome = isMoot ? 'discarded' : (result.outcome as OutboxDoc['outcome']);
    await entry.incrementalPatch(compact({ outcome, settled_at, rev, conflicts, problem, replayed }));
    await this.countUnsettled(entry.record);
    this.stale.add(entry.record);
    if (rev !== undefined && result.outcome !== 'rejected') {
      this.pushed.set(entry.record, Math.max(rev, this.pushed.get(entry.record) ?? 0));
    }
  }

  private async request<T>(method: string, path: string, body?: object): Promise<T> {
    const { base, token, send = fetch } = this.options;
    if (Date.now() < this.notBefore) {
      throw new Error('sooner than the server asked (R17.2)');
    }
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body) {
      headers['content-type'] = 'application/json';
    }
    try {
      const answer = await ask<T>(send, base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      this.failures = 0;
      return answer;
    } catch (error) {
      // R17.1. RxDB waits for `retryTime` before it calls the handler again.
      this.failures += 1;
      const full = Math.min(2000 * 2 ** Math.min(this.failures - 1, 20), 900_000);
      const jitter = Math.floor(Math.random() * (Math.floor(full / 2) + 1));
      const asked = error instanceof Refused ? error.retryAfterMs : 0;
      this.notBefore = Math.max(this.notBefore, asked && Date.now() + asked);
      if (this.replication) {
        this.replication.retryTime = Math.max(asked && asked + jitter, Math.floor(full / 2) + jitter);
      }
      throw error;
    }
  }

  /** One thing at a time: two syncs are never in flight (R3.3). */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async state(): Promise<StateDoc> {
    return (await this.db.state.findOne('state').exec(true)).toMutableJSON() as StateDoc;
  }

  private async remember(change: Partial<StateDoc>): Promise<void> {
    await (await this.db.state.findOne('state').exec(true)).incrementalPatch(change);
  }

  private async replica(id: string): Promise<ReplicaDoc | undefined> {
    return (await this.db.replica.findOne(id).exec())?.toMutableJSON() as ReplicaDoc | undefined;
  }

  private async entries(selector: object): Promise<OutboxDoc[]> {
    const docs = await this.db.outbox.find({ selector, sort: [{ n: 'asc' }] }).exec();
    return docs.map((doc) => doc.toMutableJSON() as OutboxDoc);
  }

  private entriesOf(doc: RecordDoc): Promise<OutboxDoc[]> {
    return this.entries({ mid: { $in: doc.saves } });
  }

  private async closeEntries(entries: OutboxDoc[], outcome: OutboxDoc['outcome']): Promise<void> {
    for (const { mid } of entries.filter((entry) => entry.outcome === '' || entry.outcome === 'rejected')) {
      const entry = await this.db.outbox.findOne(mid).exec(true);
      await entry.incrementalPatch({ outcome });
      await this.countUnsettled(entry.record);
    }
  }

  private async countUnsettled(record: string): Promise<void> {
    const entries = await this.entries({ record, outcome: { $in: ['', 'rejected'] } });
    const isRefused = entries.some(({ mutation, outcome }) => mutation.op === 'create' && outcome === 'rejected');
    if (isRefused || !entries.some(({ outcome }) => outcome === '')) {
      this.unsettled.delete(record);
    }
  }
}

const EMPTY = { kind: '', rev: 0, epoch: '', data: {}, tombstone: false, open: false };

function parse(text: Json | undefined): Json | undefined {
  return typeof text === 'string' ? (JSON.parse(text) as Json) : undefined;
}

/** Without members that are `undefined`, which JSON does not know. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function same(a: RecordDoc, b: RecordDoc): boolean {
  const bare = (doc: RecordDoc) => {
    const { _attachments, _meta, _rev, ...rest } = doc as RecordDoc & Fields;
    return rest;
  };
  return deepEqual(bare(a), bare(b));
}
