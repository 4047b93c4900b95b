// What every page needs to name things: places, code lists, measures. Read once, kept for the day.

import { computed } from 'vue'
import { useRouter } from 'vue-router'
import type { Schemas } from '@shared/api/client'
import { language, say } from '@shared/words'
import type { Crumb } from '../components/PageHead.vue'
import { useRead } from './query'
import { api, useSession } from './session'

export type Division = Schemas['DivisionDocument']

/** The places within reach: names by code, townships, and the way from the county down to a place. */
export function useDivisions() {
  const query = useRead(() => ['divisions'], (signal) => api.GET('/v1/divisions', { signal }), { topics: ['settings', 'imports'] })
  const session = useSession()
  const router = useRouter()
  const byCode = computed(() => new Map((query.data?.divisions ?? []).map((one) => [one.code, one])))
  const townships = computed(() => [...byCode.value.values()].filter((one) => one.level === 'township'))
  const root = computed(() => session.value.township_code ?? session.value.county_code)

  const find = (code: string) => byCode.value.get(code)
  const nameOf = (code: string) => find(code)?.name ?? code

  /** 县 → 镇 → 村: the places above and including `code`, as far as they are within reach. */
  const crumbsTo = (code: string): Crumb[] => {
    const levels = [6, 9, 12].filter((length) => length <= code.length && length >= root.value.length)
    return levels.map((length) => {
      const place = code.slice(0, length)
      if (length === 12) return { text: nameOf(place), to: { name: 'village', params: { village: place } } }
      return { text: nameOf(place), to: place === root.value ? { name: 'overview' } : { name: 'overview', query: { division: place } } }
    }).filter(({ to }) => router.hasRoute(to.name))
  }
  return { query, find, nameOf, townships, root, crumbsTo, all: byCode }
}

/** The code lists: `label('industry', 'aquaculture')`. */
export function useCodes() {
  const query = useRead(() => ['codes'], (signal) => api.GET('/v1/codes', { signal }), { topics: [] })
  const lists = computed(() => new Map((query.data?.lists ?? []).map((list) => [list.name, list.codes])))
  const codesOf = (list: string) => (lists.value.get(list) ?? []).map(({ code, label }) => ({ code, label: say(label, language()) }))
  const label = (list: string, code: string | null | undefined) => {
    const found = lists.value.get(list)?.find((one) => one.code === code)
    return found ? say(found.label, language()) : (code ?? '')
  }
  return { codesOf, label }
}

/** The commissioners within reach, by id. */
export function usePeople() {
  const query = useRead(() => ['people'], (signal) => api.GET('/v1/people', { signal }), { topics: ['devices', 'assignments', 'accounts', 'imports'] })
  const byId = computed(() => new Map((query.data?.people ?? []).map((one) => [one.id as string, one])))
  return { query, byId, personName: (id: string | null | undefined) => (id ? (byId.value.get(id)?.name ?? '') : '') }
}
