import { expect, test } from 'vitest'
import { changeOf, entriesOf, fieldAt, keyOf, type Entry } from './letter'

const SENT = { op: 'create', kind: 'visit', id: 'x', set: { mode: 'nothing', leaflets: 'seven', content: '测水质', technique_codes: ['T1'], check_in: { lat: 1 } } }
const named = (entries: readonly Entry[], name: string) => entries.find((one) => one.name === name)!

test('the fields that came can be changed, and so can those that are lacking', () => {
  const entries = entriesOf(SENT, ['/set/mode', '/set/village_code'])
  expect(entries.map(({ name, input }) => [name, input])).toEqual([
    ['mode', 'code'], ['leaflets', 'number'], ['content', 'long'], ['technique_codes', 'list'], ['check_in', 'none'], ['village_code', 'village'],
  ])
  expect(entriesOf({ set: { beneficiary_ids: ['x'] } }, []).map(({ input }) => input)).toEqual(['none'])
  expect(entriesOf('no JSON', [])).toEqual([])
  expect(fieldAt('/set/technique_codes/0')).toBe('technique_codes')
  expect(fieldAt('/content')).toBe('content')
})

test('only what was changed is sent, and an emptied field stays as it is in the record', () => {
  const entries = entriesOf(SENT, ['/set/village_code'])
  named(entries, 'mode').typed = 'household'
  named(entries, 'leaflets').typed = ''
  named(entries, 'technique_codes').typed = 'T1\n T2 \n'
  named(entries, 'check_in').isLeftOut = true
  expect(changeOf(entries)).toEqual({ set: { mode: 'household', technique_codes: ['T1', 'T2'] }, leave_out: ['leaflets', 'check_in'] })
  expect(changeOf(entriesOf({ set: { content: '甲' } }, []))).toEqual({ set: {}, leave_out: [] })
})

test('a number that is none is not sent', () => {
  const entries = entriesOf(SENT, [])
  expect(changeOf(entries)).toBeUndefined()
  named(entries, 'leaflets').typed = '7'
  expect(changeOf(entries)).toEqual({ set: { leaflets: 7 }, leave_out: [] })
})

test('a change that is refused again is the same one on the screen', () => {
  const mutation = { mid: 'm', op: 'create' }
  expect(keyOf({ id: 'first', mutation })).toBe(keyOf({ id: 'second', mutation }))
  expect(keyOf({ id: 'other', mutation: 'no mutation at all' })).toBe('other')
})
