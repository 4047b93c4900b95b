// How the line to the server is: carrying, slow or lost. It only tells; nothing is refused, and nothing typed is lost,
// because of it.

import { computed, ref } from 'vue'
import type { Watcher } from '@shared/api/client'

/** An answer that takes longer than this is slow. */
export const SLOW_MS = 5_000
/** The pause between two attempts to reach a server that was lost. */
export const PROBE_MS = 5_000

const isLost = ref(false)
const waitingLong = ref(0)
/** Whether the server tells us of changes by itself. */
export const isLive = ref(false)

export type Line = 'live' | 'quiet' | 'slow' | 'lost'

/** `live`: changes arrive by themselves; `quiet`: they are asked for. */
export const line = computed<Line>(() => {
  if (isLost.value) return 'lost'
  if (waitingLong.value > 0) return 'slow'
  return isLive.value ? 'live' : 'quiet'
})

const onReturn = new Set<() => void>()

/** Calls back whenever a lost line carries again. */
export function whenItCarriesAgain(act: () => void): void {
  onReturn.add(act)
}

export function lose(): void {
  if (isLost.value) return
  isLost.value = true
  void probe()
}

function find(): void {
  if (!isLost.value) return
  isLost.value = false
  onReturn.forEach((act) => act())
}

async function probe(): Promise<void> {
  while (isLost.value) {
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS))
    const answered = await fetch('/healthz', { cache: 'no-store' }).then((response) => response.ok, () => false)
    if (answered) find()
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
      if (answered) find()
      else lose()
    }
  },
}
