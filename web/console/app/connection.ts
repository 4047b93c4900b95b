// The state of the connection to the server, from the outcome of every request: live, quiet, slow or lost.
// It is shown in the head of the page. Nothing is refused because of it.

import { computed, ref } from 'vue'
import type { Watcher } from '@shared/api/client'

/** An answer that takes longer than this is slow. */
export const SLOW_MS = 5_000
/** The pause between two attempts to reach a server that was lost. */
export const PROBE_MS = 5_000

const isLost = ref(false)
const waitingLong = ref(0)
/** Whether the stream of events is open, so that changes arrive by themselves. */
export const isLive = ref(false)

export type Line = 'live' | 'quiet' | 'slow' | 'lost'

/** `live`: changes arrive by themselves; `quiet`: they are asked for. */
export const line = computed<Line>(() => {
  if (isLost.value) return 'lost'
  if (waitingLong.value > 0) return 'slow'
  return isLive.value ? 'live' : 'quiet'
})

const reconnectCallbacks = new Set<() => void>()

/** Calls `act` whenever a lost connection is back. */
export function onReconnect(act: () => void): void {
  reconnectCallbacks.add(act)
}

export function markOffline(): void {
  if (isLost.value) return
  isLost.value = true
  void probe()
}

function markOnline(): void {
  if (!isLost.value) return
  isLost.value = false
  reconnectCallbacks.forEach((act) => act())
}

async function probe(): Promise<void> {
  while (isLost.value) {
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS))
    const answered = await fetch('/healthz', { cache: 'no-store' }).then((response) => response.ok, () => false)
    if (answered) markOnline()
  }
}

/** Watches every request. */
export const watcher: Watcher = {
  begin() {
    let counted = false
    const timer = setTimeout(() => {
      counted = true
      waitingLong.value += 1
    }, SLOW_MS)
    return (answered) => {
      clearTimeout(timer)
      if (counted) waitingLong.value -= 1
      if (answered) markOnline()
      else markOffline()
    }
  },
}
