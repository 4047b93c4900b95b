// The server tells when something changed, and what is on the screen is read again. Nothing depends on it: whoever
// misses an event reads again when the window comes to the front. While nothing is known of an event, all is read again.

import { onScopeDispose, ref, watch } from 'vue'
import { isLive } from './connection'
import { refresh, type Topic } from './query'
import { hasEnded, session } from './session'

/** Changes that come thick are read once, after this pause. */
const GATHER_MS = 800
/** The pause before listening again, after the server ended the stream for good. */
const AGAIN_MS = 15_000

/** Listens while somebody is signed in. */
export function useLive(address = '/v1/events'): void {
  let source: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let gathering: ReturnType<typeof setTimeout> | undefined
  let topics = new Set<Topic>()

  const tell = () => {
    gathering = undefined
    refresh(topics.size > 0 ? [...topics] : undefined)
    topics = new Set()
  }
  const hear = (event: MessageEvent<string>) => {
    for (const topic of topicsOf(event.data)) topics.add(topic)
    gathering ??= setTimeout(tell, GATHER_MS)
  }
  const stop = () => {
    clearTimeout(again)
    source?.close()
    source = undefined
    isLive.value = false
  }
  const listen = () => {
    stop()
    source = new EventSource(address)
    source.addEventListener('ready', () => { isLive.value = true })
    source.addEventListener('changed', hear)
    source.onerror = () => {
      isLive.value = false
      // A browser goes on by itself after a cut; after a refusal it does not.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(listen, AGAIN_MS)
    }
  }
  // A browser has six connections to a server without HTTP/2: windows that nobody sees leave theirs to the others.
  const isSeen = ref(document.visibilityState === 'visible')
  const look = () => { isSeen.value = document.visibilityState === 'visible' }
  document.addEventListener('visibilitychange', look)
  const isIn = () => isSeen.value && session.value !== null && !hasEnded.value && !session.value.must_change_password
  watch(isIn, (inside) => (inside ? listen() : stop()), { immediate: true })
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', look)
    stop()
    clearTimeout(gathering)
  })
}

/** What an event says to have changed. */
export function topicsOf(data: string): Topic[] {
  try {
    const { topics } = JSON.parse(data) as { topics?: unknown }
    return Array.isArray(topics) ? topics.filter((topic): topic is Topic => typeof topic === 'string') : []
  } catch {
    return []
  }
}
