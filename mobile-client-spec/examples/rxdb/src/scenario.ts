// SPDX-License-Identifier: Apache-2.0
//! Two phones of two commissioners of one village, against a running server. See README.md.
//! It plays the persons and the network, and asserts what RxDB's collections hold. It must not know the protocol:
//! that is the adapter's, but for the bytes of a push, which are looked at on their way.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { enrol, Phone, uuidv7 } from './adapter.js';
import type { Fetch, Fields, Json, OutboxDoc, RecordDoc } from './adapter.js';

const env = (name: string): string => process.env[name] ?? assert.fail(`set ${name}`);
const base = env('TEPAI_BASE').replace(/\/$/, '');
const village = env('TEPAI_VILLAGE');

/** The network of one phone, which can be away, and can lose the answer to a sync that the server has taken. */
class Network {
  /** The control: a client that claims to have seen what it only pulled. Conflicts are then overwritten in silence. */
  restamp: ((record: string) => Promise<number | undefined>) | undefined;
  isUp = true;
  takesPushes = true;
  answersToLose = 0;
  pushes: string[] = [];

  readonly fetch: Fetch = async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : '';
    const { mutations } = JSON.parse(body || '{}') as { mutations?: Json };
    if (!this.isUp || (mutations && !this.takesPushes)) {
      throw new TypeError('offline');
    }
    const response = await fetch(input, await this.claimed(init, body));
    if (mutations) {
      this.pushes.push(JSON.stringify(mutations));
      if (this.answersToLose > 0) {
        this.answersToLose -= 1;
        throw new TypeError('the answer was lost');
      }
    }
    return response;
  };

  private async claimed(init: RequestInit | undefined, body: string): Promise<RequestInit | undefined> {
    const { restamp } = this;
    const request = JSON.parse(body || '{}') as Claim;
    if (!restamp || !request.mutations) {
      return init;
    }
    for (const mutation of request.mutations) {
      mutation.base = mutation.base && ((await restamp(mutation.id)) ?? mutation.base);
    }
    return { ...init, body: JSON.stringify(request) };
  }
}

type Claim = { mutations?: { id: string; base?: number }[] };

type Someone = { phone: Phone; net: Network; person: string; pulled: number };

async function someone(name: string, code: string): Promise<Someone> {
  const net = new Network();
  const { token, person_id } = await enrol(net.fetch, base, code, `RxDB ${name}`);
  const phone = await Phone.open({ name, storage: getRxStorageMemory(), base, token, send: net.fetch });
  return { phone, net, person: person_id, pulled: 0 };
}

async function shown(who: Someone, id: string): Promise<RecordDoc | undefined> {
  return (await who.phone.records.findOne(id).exec())?.toMutableJSON() as RecordDoc | undefined;
}

async function there(who: Someone, id: string): Promise<RecordDoc> {
  return (await shown(who, id)) ?? assert.fail(`${id} is not there`);
}

/** The person changes fields of a record: an ordinary write of RxDB. */
async function edit(who: Someone, id: string, change: Fields): Promise<void> {
  const doc = await who.phone.records.findOne(id).exec(true);
  await doc.incrementalModify((data) => ({ ...data, data: { ...data.data, ...change } }));
}

async function create(who: Someone, kind: string, data: Fields): Promise<string> {
  const id = uuidv7();
  const doc: Pick<RecordDoc, 'id' | 'kind' | 'data'> = { id, kind, data: { village_code: village, ...data } };
  await who.phone.records.insert(doc as RecordDoc); // The adapter fills in the rest.
  return id;
}

async function remove(who: Someone, id: string): Promise<void> {
  await (await who.phone.records.findOne(id).exec(true)).incrementalRemove();
}

async function sent(who: Someone, record: string): Promise<OutboxDoc[]> {
  const docs = await who.phone.outbox.find({ selector: { record }, sort: [{ n: 'asc' }] }).exec();
  return docs.map((doc) => doc.toMutableJSON() as OutboxDoc);
}

async function serves(who: Someone): Promise<boolean> {
  const { scopes } = await who.phone.hello();
  return scopes.some(({ scope }) => scope === `v:${village}`);
}

/** What the present step waits for. Back-off decides how long (R17.1); the step's own end is the only limit. */
let awaited = '';

async function until(what: string, test: () => Promise<boolean>): Promise<void> {
  awaited = what;
  while (!(await test())) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  awaited = '';
}

/** Lets these sync, one after the other, and sees that each holds what the server says it holds. */
async function sync(...all: Someone[]): Promise<void> {
  for (const who of all) {
    who.net.isUp = true;
    await who.phone.sync();
    assert.equal(who.phone.agreed, true, 'the replica is not what the server says');
  }
}

const STEP_MS = 120_000;
const began = performance.now();
async function step(name: string, work: () => Promise<object | void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(awaited || 'no end; does the server answer?')), STEP_MS);
  });
  try {
    const facts = await Promise.race([work(), late]);
    clearTimeout(timer);
    console.log(JSON.stringify({ step: name, ok: true, ms: Math.round(performance.now() - began), ...facts }));
  } catch (error) {
    console.log(JSON.stringify({ step: name, ok: false, error: String(error) }));
    console.error(error);
    process.exit(1);
  }
}

let a!: Someone;
let b!: Someone;
let household = '';
let visit = '';

await step('enrol', async () => {
  a = await someone('a', env('TEPAI_CODE_A'));
  b = await someone('b', env('TEPAI_CODE_B'));
  assert.notEqual(a.person, b.person);
  for (const who of [a, b]) {
    assert.ok(await serves(who), 'does not serve the village');
    who.phone.start();
    who.phone.replication.received$.subscribe(() => (who.pulled += 1));
  }
  await sync(a, b);
});

await step('offline-edits', async () => {
  a.net.isUp = false;
  household = await create(a, 'beneficiary', { kind: 'household', display_name: '东塘养殖户' });
  visit = await create(a, 'visit', {
    service_from: '2026-06-01',
    mode: 'household',
    industry: 'aquaculture',
    content: '查看水质',
    beneficiary_ids: [household],
  });
  await edit(a, visit, { content: '查看水质，指导增氧', leaflets: 3 });
  assert.equal((await there(a, visit)).rev, 0);
  assert.deepEqual(a.net.pushes, []);
});

await step('push', async () => {
  await sync(a);
  const doc = await there(a, visit);
  assert.ok(doc.rev >= 1);
  assert.equal(doc.data.commissioner_id, a.person);
  assert.equal(doc.data.content, '查看水质，指导增氧');
  const outcomes = [...(await sent(a, household)), ...(await sent(a, visit))].map(({ outcome }) => outcome);
  assert.ok(outcomes.every((outcome) => outcome === 'applied'), String(outcomes));
  return { outcomes, rev: doc.rev };
});

await step('pull', async () => {
  await sync(b);
  const doc = await there(b, visit);
  assert.deepEqual(doc.data, (await there(a, visit)).data);
  assert.equal((await there(b, household)).data.display_name, '东塘养殖户');
  return { rev: doc.rev };
});

await step('lost-answer', async () => {
  const { rev } = await there(a, visit);
  a.net.pushes = [];
  a.net.answersToLose = 1;
  await edit(a, visit, { leaflets: 5 });
  await sync(a);
  assert.equal(a.net.pushes.length, 2);
  assert.equal(a.net.pushes[0], a.net.pushes[1], 'sent again, but not as it was');
  const last = (await sent(a, visit)).at(-1)!;
  assert.equal(last.replayed, true);
  const doc = await there(a, visit);
  assert.equal(doc.rev, rev + 1, 'not applied exactly once');
  assert.equal(doc.data.leaflets, 5);
  return { outcome: last.outcome, replayed: last.replayed };
});

await step('saved-while-sending', async () => {
  // The second save meets a mutation that has gone out already: that one is repeated, and this one follows it.
  a.net.isUp = false;
  await edit(a, visit, { leaflets: 6 });
  await until('the edit never reached the outbox', async () =>
    (await sent(a, visit)).some(({ outcome }) => outcome === ''),
  );
  await edit(a, visit, { leaflets: 7, variety_names: ['克氏原螯虾'] });
  await sync(a);
  const [first, second] = (await sent(a, visit)).slice(-2);
  assert.deepEqual(first!.mutation.set, { leaflets: 6 });
  assert.deepEqual(second!.mutation.set, { leaflets: 7 });
  assert.deepEqual(second!.mutation.add, { variety_names: ['克氏原螯虾'] });
  assert.equal(second!.mutation.base, first!.mutation.base, 'the base was raised');
  assert.equal(second!.outcome, 'applied');
  assert.equal((await there(a, visit)).data.leaflets, 7);
});

let conflict = '';
await step('concurrent-edit', async () => {
  await sync(a, b);
  a.net.isUp = b.net.isUp = false;
  if (process.env.TEPAI_BREAK === 'restamp') {
    b.net.restamp = async (record) => (await b.phone.replicaOf(record))?.rev;
  }
  await edit(a, household, { note: '甲：塘口缺氧' });
  // The server corrects clocks by when a request arrives: edits closer together than that are in no certain order.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await edit(b, household, { note: '乙：已装增氧机', phone: '13800000000' });
  await sync(a);
  // What the first phone did comes down before the second one can push. Its base stays what its person saw.
  const { rev } = await there(b, household);
  b.net.takesPushes = false;
  b.net.isUp = true;
  b.phone.replication.reSync();
  await until('not pulled', async () => (await b.phone.replicaOf(household))!.rev > rev);
  assert.equal((await there(b, household)).data.note, '乙：已装增氧机');
  b.net.takesPushes = true;
  await sync(b);
  await sync(a);
  const docs = [await there(a, household), await there(b, household)] as const;
  for (const doc of docs) {
    assert.equal(doc.data.note, '乙：已装增氧机', 'the later edit stands');
    assert.equal(doc.data.phone, '13800000000', 'a field that nobody else touched is no conflict');
    assert.equal(doc.conflicts.length, 1);
    const [{ field, lost, kept }] = doc.conflicts as [RecordDoc['conflicts'][0]];
    assert.deepEqual({ field, lost, kept }, { field: 'note', lost: '甲：塘口缺氧', kept: '乙：已装增氧机' });
  }
  conflict = docs[0].conflicts[0]!.id;
  const { outcome, mutation } = (await sent(b, household)).at(-1)!;
  assert.equal(outcome, 'merged');
  assert.equal(mutation.base, rev, 'the base was raised');
  return { outcome, rule: docs[0].conflicts[0]!.rule, lost: docs[0].conflicts[0]!.lost };
});

await step('undo-conflict', async () => {
  const mid = await a.phone.command(conflict, 'conflict', 'undo_conflict');
  await sync(a, b);
  assert.equal((await a.phone.outbox.findOne(mid).exec(true)).outcome, 'applied');
  for (const who of [a, b]) {
    const doc = await there(who, household);
    assert.equal(doc.data.note, '甲：塘口缺氧');
    assert.deepEqual(doc.conflicts, []);
  }
});

await step('refused-and-discarded', async () => {
  await edit(a, visit, { service_to: '2026-05-20' });
  await sync(a);
  const { outcome, problem, mid, mutation } = (await sent(a, visit)).at(-1)!;
  assert.equal(outcome, 'rejected');
  const doc = await there(a, visit);
  assert.equal(doc.data.service_to, undefined, 'shown as if it were taken');
  assert.deepEqual(doc.attention, [mid]);
  assert.deepEqual(mutation.set, { service_to: '2026-05-20' });
  await a.phone.discard(mid);
  await sync(a);
  assert.deepEqual((await there(a, visit)).attention, []);
  return { code: problem?.code };
});

await step('refused-creation-mended', async () => {
  a.net.isUp = false;
  const id = await create(a, 'beneficiary', { kind: 'household' });
  await until('not in the outbox', async () => (await sent(a, id)).length === 1);
  await edit(a, id, { note: '甲：名字待补' });
  await until('not in the outbox', async () => (await sent(a, id)).length === 2);
  await sync(a);
  const [first, second] = await sent(a, id);
  assert.equal(first!.outcome, 'rejected');
  assert.equal(second!.outcome, '', 'an edit of a refused creation is held back');
  assert.deepEqual((await there(a, id)).attention, [first!.mid]);
  await edit(a, id, { display_name: '西塘养殖户' });
  await sync(a, b);
  const third = (await sent(a, id)).at(-1)!;
  assert.equal(third.mutation.supersedes, first!.mid);
  assert.equal(third.outcome, 'applied');
  assert.deepEqual((await there(a, id)).attention, []);
  assert.equal((await there(b, id)).data.display_name, '西塘养殖户');
  assert.equal((await there(b, id)).data.note, '甲：名字待补');

  const other = await create(a, 'beneficiary', { kind: 'household' });
  await sync(a);
  await a.phone.discard((await there(a, other)).attention[0]!);
  await sync(a);
  assert.equal(await shown(a, other), undefined);
  assert.deepEqual((await sent(a, other)).map(({ outcome }) => outcome), ['discarded']);
  return { code: first!.problem?.code };
});

await step('deletion', async () => {
  await remove(a, visit);
  await sync(a);
  assert.equal((await sent(a, visit)).at(-1)!.outcome, 'applied');
  await sync(b);
  for (const who of [a, b]) {
    assert.equal(await shown(who, visit), undefined);
    const replica = await who.phone.replicaOf(visit);
    assert.equal(replica?.deleted, true, 'no tombstone');
    assert.equal(replica?.left, false, 'deletion is not leaving');
  }
});

await step('edit-of-a-deleted-record', async () => {
  const id = await create(a, 'beneficiary', { kind: 'household', display_name: '北塘养殖户' });
  await sync(a, b);
  b.net.isUp = false;
  await edit(b, id, { note: '乙：已搬走' });
  await remove(a, id);
  await sync(a, b);
  const { outcome, problem, mutation } = (await sent(b, id)).at(-1)!;
  assert.equal(outcome, 'rejected');
  assert.equal(problem?.code, 'deleted');
  assert.deepEqual(mutation.set, { note: '乙：已搬走' }, 'the value that lost is kept');
  assert.equal(await shown(b, id), undefined);
  return { code: problem?.code };
});

/** What each made before the hand-over. The other one has an edit of `edited` that waits, and none of `plain`. */
const made = new Map<Someone, { edited: string; plain: string }>();
const waits = (who: Someone, id: string) =>
  until('the edit never reached the outbox', async () => (await sent(who, id)).at(-1)?.outcome === '');

await step('before-the-reassignment', async () => {
  for (const [who, name] of [[a, '南塘'], [b, '新塘']] as const) {
    made.set(who, {
      edited: await create(who, 'beneficiary', { kind: 'household', display_name: `${name}养殖户` }),
      plain: await create(who, 'beneficiary', { kind: 'coop', display_name: `${name}合作社` }),
    });
  }
  await sync(a, b);
  await sync(a);
  for (const [who, other] of [[a, b], [b, a]] as const) {
    const { edited, plain } = made.get(other)!;
    assert.ok((await there(who, plain)).rev > 0);
    who.net.isUp = false;
    await edit(who, edited, { note: '交接前的记录' });
    await waits(who, edited);
  }
});

console.log('READY-FOR-REASSIGNMENT');
let isReassigned = false;
for await (const line of createInterface({ input: process.stdin })) {
  isReassigned = line.trim() === 'reassigned';
  if (isReassigned) break;
}

const gone: string[] = [];
await step('scope-change', async () => {
  assert.ok(isReassigned, 'the input ended without "reassigned"');
  for (const { net } of [a, b]) {
    net.isUp = true;
    net.takesPushes = false;
  }
  const [servesA, servesB] = [await serves(a), await serves(b)];
  assert.notEqual(servesA, servesB, 'not exactly one of the two has lost the village');
  const [loser, other] = servesB ? [a, b] : [b, a];
  const { edited, plain } = made.get(other)!;
  const own = made.get(loser)!;
  const before = await loser.phone.records.find().exec();

  // The village leaves while the edit still waits: everything goes but what that edit is about.
  loser.phone.replication.reSync();
  await until('the village was not dropped', async () => (await shown(loser, plain)) === undefined);
  for (const id of [edited, plain]) {
    const replica = await loser.phone.replicaOf(id);
    assert.equal(replica?.left, true);
    assert.equal(replica?.deleted, false, 'leaving is not deletion');
  }
  assert.equal((await there(loser, edited)).data.note, '交接前的记录', 'the edit that waits is not shown any more');
  assert.equal((await sent(loser, edited)).at(-1)!.outcome, '', 'the outbox lost what waits');

  // Now it goes up, is taken, and the record follows the village.
  loser.net.takesPushes = other.net.takesPushes = true;
  await sync(loser, other);
  await sync(loser);
  const { outcome } = (await sent(loser, edited)).at(-1)!;
  assert.equal(outcome, 'applied', 'an edit that waited is taken after the end');
  assert.equal((await there(other, edited)).data.note, '交接前的记录');
  assert.equal(await shown(loser, edited), undefined, 'sent, and still there');
  for (const id of [own.edited, own.plain]) {
    assert.ok((await there(loser, id)).rev > 0, 'the own records stay');
  }
  assert.equal((await there(loser, own.edited)).data.note, '交接前的记录', 'the own record is kept up to date');
  for (const { id, kind } of before) {
    if (!(await shown(loser, id))) {
      assert.ok(await shown(other, id), `${kind} ${id} is lost to both`);
      gone.push(id);
    }
  }
  return { outcome, lost_by: loser === a ? 'a' : 'b', left: gone.length };
});

const counts = { pushed: 0, pulled: 0, conflicts: 0, refused: 0, waiting: 0, left: gone.length };
const notes = new Set<string>();
for (const who of [a, b]) {
  counts.pulled += who.pulled;
  for (const { outcome } of await who.phone.outbox.find().exec()) {
    counts.pushed += ['applied', 'merged', 'held'].includes(outcome) ? 1 : 0;
    counts.refused += ['rejected', 'mended', 'discarded'].includes(outcome) ? 1 : 0;
    counts.waiting += outcome === '' ? 1 : 0;
  }
  for (const { id } of await who.phone.records.find({ selector: { kind: 'conflict' } }).exec()) {
    notes.add(id);
  }
}
counts.conflicts = notes.size;
assert.equal(counts.waiting, 0, 'something was never sent');
console.log(JSON.stringify(counts));

await a.phone.close();
await b.phone.close();
process.exit(0);
