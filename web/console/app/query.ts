// The one way in which pages read: cached by key, refreshed when the server says that something changed, and kept on
// the screen while the server cannot be reached.

import { QueryClient, keepPreviousData, useInfiniteQuery, useMutation, useQuery, type QueryKey } from '@tanstack/vue-query'
import { computed, reactive, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { ApiProblem, Unreachable, type Answer } from '@shared/api/client'
import { onReconnect } from './connection'
import { hasEnded, unwrapNoticed } from './session'

/** What an answer is about, in the words of `GET /v1/events`: an event that names one of these makes it be read again. */
export type Topic = 'records' | 'summaries' | 'desk' | 'photos' | 'devices' | 'assignments' | 'settings' | 'imports' | 'assessment' | 'closings' | 'bulletins' | 'accounts'

declare module '@tanstack/vue-query' {
  interface Register {
    queryMeta: { topics?: readonly Topic[] }
  }
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      networkMode: 'always',
      retry: (count, error) => error instanceof Unreachable && count < 2,
      retryDelay: (count) => 1000 * 2 ** count,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})

onReconnect(() => refresh())

// What was refused while nobody was signed in is read again once somebody is.
watch(hasEnded, (ended) => {
  if (!ended) refresh()
})

/** Reads again whatever is on the screen and about one of `topics`; everything if none is named. */
export function refresh(topics?: readonly Topic[]): void {
  void queries.invalidateQueries({
    refetchType: 'active',
    predicate: ({ meta }) => !topics || !meta?.topics || meta.topics.some((topic) => topics.includes(topic)),
  })
}

interface ReadOptions {
  /** What the answer is about; nothing if it never changes. If absent every change is taken to concern it. */
  topics?: readonly Topic[]
  /** Whether the request can be sent yet. */
  when?: MaybeRefOrGetter<boolean>
}

/**
 * Reads something: `useRead(() => ['visit', id.value], () => api.GET('/v1/visits/{id}', …))`. The key must hold
 * everything that the request depends on. While the next answer is on its way the last one stays.
 * Shown by `<ReadState :of="…" v-slot="{ data }">`.
 */
export function useRead<D>(key: () => QueryKey, request: (signal: AbortSignal) => Promise<Answer<D>>, options: ReadOptions = {}) {
  return reactive(useQuery({
    queryKey: computed(key),
    queryFn: ({ signal }) => unwrapNoticed(request(signal)),
    enabled: computed(() => toValue(options.when) ?? true),
    placeholderData: keepPreviousData,
    meta: { topics: options.topics },
  }))
}

/** Where the next page begins; empty for the first page. */
interface PageQuery {
  cursor?: string
}

/**
 * Reads a list page by page: `useReadPages(() => ['visits'], (page, signal) => api.GET('/v1/visits', …))`. `page` goes
 * into the query of the request, `fetchNextPage()` reads the next page.
 */
export function useReadPages<D extends { next?: string | null | undefined }>(
  key: () => QueryKey,
  request: (page: PageQuery, signal: AbortSignal) => Promise<Answer<D>>,
  options: ReadOptions = {},
) {
  return reactive(useInfiniteQuery({
    queryKey: computed(key),
    queryFn: ({ pageParam, signal }) => unwrapNoticed(request(pageParam ? { cursor: pageParam } : {}, signal)),
    initialPageParam: '',
    getNextPageParam: (page: D) => page.next ?? undefined,
    enabled: computed(() => toValue(options.when) ?? true),
    meta: { topics: options.topics },
  }))
}

/** Changes something; afterwards what is on the screen about `topics` is read again. */
export function useWrite<V, D>(request: (value: V) => Promise<Answer<D>>, topics: readonly Topic[]) {
  return reactive(useMutation({
    mutationFn: (value: V) => unwrapNoticed(request(value)),
    onSuccess: () => refresh(topics),
  }))
}

/** Whether an error says that there is no such thing, or that it is out of reach. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.status === 404
}
