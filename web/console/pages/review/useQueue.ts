// The queue of the review page: its visits, without those that were judged here, and which of them is chosen.
import { computed, nextTick, reactive, ref, shallowRef, watch } from 'vue'
import type { Schemas } from '@shared/api/client'
import { useFormat } from '../../app/format'
import { useReadPages } from '../../app/query'
import { useDivisions } from '../../app/reference'
import { api } from '../../app/session'

export type Queued = Schemas['QueuedVisit']
export type Queue = ReturnType<typeof useQueue>

const PAGE = 50

export function useQueue(filters: { division: string; commissioner: string; visit: string }) {
  const format = useFormat()
  const { nameOf } = useDivisions()
  const narrowing = computed(() => ({
    ...(filters.division ? { division: filters.division } : {}),
    ...(filters.commissioner ? { commissioner: filters.commissioner } : {}),
  }))

  const queue = useReadPages(
    () => ['review-queue', narrowing.value],
    (page, signal) => api.GET('/v1/review-queue', { params: { query: { ...narrowing.value, limit: PAGE, ...page } }, signal }),
    { topics: ['records', 'photos', 'desk'] },
  )

  /** Judged here, in the revision that was judged: gone from the list at once, back if it changes again. */
  const judged = reactive(new Map<string, number>())
  const visits = computed(() => queue.data?.pages.flatMap((page) => page.visits).filter(({ id, rev }) => judged.get(id) !== rev))
  const waiting = computed(() => {
    const pages = queue.data?.pages
    if (!pages) return undefined
    const hidden = pages.flatMap((page) => page.visits).filter(({ id, rev }) => judged.get(id) === rev).length
    return Math.max(0, (pages[0]?.waiting ?? 0) - hidden)
  })
  const names = computed(() => {
    const all = (queue.data?.pages ?? []).map((page) => page.names)
    return {
      divisions: Object.assign({}, ...all.map((one) => one.divisions)),
      people: Object.assign({}, ...all.map((one) => one.people)),
      techniques: Object.assign({}, ...all.map((one) => one.techniques)),
      beneficiaries: Object.assign({}, ...all.map((one) => one.beneficiaries)),
    } as Schemas['NamesDocument']
  })

  /** The visit whose form is open; it stays open when the visit changes. */
  const open = ref<string>()
  /** The visit that was last on the screen: it stays there while something is typed about it, whatever became of it. */
  const held = shallowRef<Queued>()
  const chosen = computed(() => {
    const list = visits.value ?? []
    const wanted = list.find(({ id }) => id === filters.visit)
    if (wanted) return wanted
    if (held.value && open.value === held.value.id) return held.value
    return filters.visit && isAway.value ? undefined : list[0]
  })
  /** The address names a visit that does not wait. */
  const isAway = computed(() => filters.visit !== '' && !queue.hasNextPage && !queue.isFetching && !visits.value?.some(({ id }) => id === filters.visit) && !judged.has(filters.visit))
  const isGone = computed(() => Boolean(chosen.value && visits.value && !visits.value.some(({ id }) => id === chosen.value?.id)))

  watch(chosen, (visit) => {
    if (visit) held.value = visit
  }, { immediate: true })
  watch(() => [visits.value?.length, queue.hasNextPage], () => {
    if ((visits.value?.length ?? 0) < 5 && queue.hasNextPage && !queue.isFetchingNextPage) void queue.fetchNextPage()
  })

  function whatOf(visit: Queued): string {
    const { commissioner_id: person, village_code: village, service_from: day } = visit.fields
    return [names.value.people[person ?? ''], nameOf(village ?? ''), format.day(day)].filter(Boolean).join(' · ')
  }
  function select(id: string | undefined): void {
    open.value = undefined
    filters.visit = id ?? ''
    void nextTick(() => document.querySelector('[aria-current=true]')?.scrollIntoView({ block: 'nearest' }))
  }
  function move(steps: number): void {
    const list = visits.value ?? []
    const at = list.findIndex(({ id }) => id === chosen.value?.id)
    const next = list[Math.min(list.length - 1, Math.max(0, at + steps))]
    if (next && next.id !== chosen.value?.id) select(next.id)
    if (at + steps >= list.length - 2 && queue.hasNextPage && !queue.isFetchingNextPage) void queue.fetchNextPage()
  }
  /** The one after a visit, which comes up when it is judged; the one before it at the end. */
  function after(id: string): string | undefined {
    const list = visits.value ?? []
    const at = list.findIndex((one) => one.id === id)
    return (list[at + 1] ?? list[at - 1])?.id
  }

  return { queue, judged, visits, waiting, names, open, chosen, isAway, isGone, whatOf, select, move, after }
}
