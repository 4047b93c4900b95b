// A phone, as far as these tests need one: it is enrolled by the office, sends visits and hears what became of them,
// all through the public API.
import { createHash, randomBytes } from 'node:crypto'
import type { APIRequestContext } from 'playwright-core'
import { expect } from 'vitest'

type Fields = Record<string, unknown>

interface Result {
  outcome: string
  rev?: number
  problem?: { code: string }
}

/** A UUIDv7 of an instant. */
export function uuid7(at: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(at, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export class Phone {
  private n = 0
  private ticket: string | undefined
  private readonly generation: string

  private constructor(private readonly request: APIRequestContext, private readonly token: string, readonly person: string, private readonly now: number) {
    this.generation = uuid7(now)
  }

  /** Enrols a phone for a person; `request` is that of an officer who is signed in. */
  static async enrol(request: APIRequestContext, person: string, name = 'test'): Promise<Phone> {
    const { now } = await (await request.get('/v1/session')).json() as { now: number }
    const made = await request.post(`/v1/accounts/${person}/enrolment-codes`)
    expect(made.status(), await made.text()).toBe(201)
    const { code } = await made.json() as { code: string }
    const enrolled = await request.post('/v1/devices/enrol', { data: { code, device_name: name } })
    expect(enrolled.status(), await enrolled.text()).toBe(201)
    const { token } = await enrolled.json() as { token: string }
    return new Phone(request, token, person, now)
  }

  /** Sends mutations; each result in the order of the mutations. */
  private async push(mutations: Fields[], pull?: Fields): Promise<{ results: Result[]; pull?: { changes?: Fields[] } }> {
    const replica = { generation: this.generation, ...(this.ticket ? { ticket: this.ticket } : {}) }
    const answer = await this.request.post('/v1/sync', {
      headers: { authorization: `Bearer ${this.token}` },
      data: { protocol: 1, schema: 1, replica, clock: { wall: this.now }, mutations, ...(pull ? { pull } : {}) },
    })
    expect(answer.status(), await answer.text()).toBe(200)
    const body = await answer.json() as { results: Result[]; ticket: string; pull?: { changes?: Fields[] } }
    this.ticket = body.ticket
    return body
  }

  /** Sends new records of a kind, and answers with their ids. */
  async create(kind: string, records: Fields[]): Promise<string[]> {
    const ids = records.map((_, index) => uuid7(this.now + index))
    const mutations = records.map((set, index) => ({
      mid: uuid7(this.now), n: (this.n += 1), op: 'create', kind, id: ids[index], set, edited: { wall: this.now },
    }))
    const { results } = await this.push(mutations)
    for (const result of results) expect(result, JSON.stringify(result)).toMatchObject({ outcome: 'applied' })
    return ids
  }

  /** Uploads the bytes of a photo in one piece. */
  async upload(bytes: Buffer): Promise<void> {
    const as64 = (text: string) => Buffer.from(text).toString('base64')
    const headers = { authorization: `Bearer ${this.token}`, 'tus-resumable': '1.0.0' }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const begun = await this.request.post('/v1/uploads', {
      headers: { ...headers, 'upload-length': String(bytes.length), 'upload-metadata': `sha256 ${as64(sha256)},filetype ${as64('image/jpeg')}` },
    })
    expect(begun.status(), await begun.text()).toBe(201)
    const sent = await this.request.patch(begun.headers()['location']!, {
      headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }, data: bytes,
    })
    expect(sent.status(), await sent.text()).toBe(204)
  }

  /** Changes a record that was seen in a revision. */
  async patch(kind: string, id: string, base: number, set: Fields): Promise<Result> {
    const { results } = await this.push([{ mid: uuid7(this.now), n: (this.n += 1), op: 'patch', kind, id, base, set, edited: { wall: this.now } }])
    return results[0]!
  }

  /** Says a command about a record, such as that a bulletin was opened. */
  async command(kind: string, id: string, name: string): Promise<Result> {
    const { results } = await this.push([{ mid: uuid7(this.now), n: (this.n += 1), op: 'command', kind, id, base: 1, name, edited: { wall: this.now } }])
    return results[0]!
  }

  /** Sends something that may be refused. */
  async tryToCreate(kind: string, set: Fields): Promise<Result> {
    const { results } = await this.push([{ mid: uuid7(this.now), n: (this.n += 1), op: 'create', kind, id: uuid7(this.now), set, edited: { wall: this.now } }])
    return results[0]!
  }
}

/** What a commissioner's visit says, after one that there is. */
export async function likeAnEarlierVisit(request: APIRequestContext, person: string, division = '990421'): Promise<Fields> {
  const { visits } = await (await request.get(`/v1/visits?commissioner=${person}&division=${division}&state=approved&limit=20`)).json() as { visits: { fields: Fields }[] }
  // Whose visit it is the server knows from the phone.
  const { village_code, beneficiary_ids, technique_codes, industry, check_in, service_mode } = visits.find(({ fields }) => fields.commissioner_id === person)!.fields
  return { village_code, beneficiary_ids, technique_codes, industry, check_in, service_mode, mode: 'household' }
}
