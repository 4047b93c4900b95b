// Deciding on the chosen visit: the drafts of the form, and the stale rule. A decision is about the version that the
// reader has looked at; when another version arrives, nothing is sent before the reader has looked at that one.
import { computed, nextTick, reactive, ref, shallowRef, watch } from 'vue'
import { ApiProblem, type Schemas } from '@shared/api/client'
import { useWords } from '@shared/words'
import { refresh } from '../../app/query'
import { api, unwrapNoticed, useSession } from '../../app/session'
import { emptyDraft, verdictOf, type Draft } from './draft'
import type { Queue, Queued } from './useQueue'
import { words as own } from './words'

export function useVerdict({ queue, judged, open, chosen, isGone, whatOf, select, after }: Queue, focusForm: () => void) {
  const { t, words } = useWords(own)
  const session = useSession()
  const drafts = reactive(new Map<string, Draft>())
  /** The version that the reader has looked at: a decision is about this one and no other, whatever arrives under it. */
  const seen = shallowRef<Queued>()
  /** The server had a newer version than the one that was judged. */
  const isRefused = ref(false)
  const hasMoved = computed(() => Boolean(chosen.value && seen.value?.id === chosen.value.id && seen.value.rev !== chosen.value.rev))
  const mustLook = computed(() => hasMoved.value || isRefused.value)
  const failure = ref('')
  const told = ref('')
  const undoable = shallowRef<{ id: string; rev: number; what: string }>()
  const isBusy = ref(false)

  watch(chosen, (next, before) => {
    if (next?.id === before?.id) return
    seen.value = next
    isRefused.value = false
    failure.value = ''
  }, { immediate: true })

  /** The reader has looked at what is on the screen now. */
  function look(): void {
    if (!mustLook.value || (isRefused.value && !hasMoved.value && queue.isFetching)) return
    seen.value = chosen.value
    isRefused.value = false
    if (open.value) focusForm()
    else document.querySelector<HTMLElement>('.pane')?.focus()
  }
  /** Nothing is judged before that; the keyboard goes to where it is said. */
  function insist(): void {
    void nextTick(() => document.querySelector<HTMLElement>('.look')?.focus())
  }

  function openForm(decision: Draft['decision']): void {
    const visit = chosen.value
    if (!visit?.may_decide || isGone.value) return
    drafts.set(visit.id, { ...(drafts.get(visit.id) ?? emptyDraft(decision)), decision })
    open.value = visit.id
  }
  function closeForm(): void {
    open.value = undefined
    document.querySelector<HTMLElement>('.pane')?.focus()
  }

  async function judge(visit: Queued, verdict: Schemas['ReviewRequest']): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = ''
    const [next, what] = [after(visit.id), whatOf(visit)]
    try {
      const { rev } = await unwrapNoticed(api.POST('/v1/visits/{id}/reviews', { params: { path: { id: visit.id } }, body: verdict }))
      judged.set(visit.id, visit.rev)
      drafts.delete(visit.id)
      told.value = t(`done.${verdict.decision}`, { what })
      undoable.value = verdict.decision === 'approve' && session.value.role === 'county_officer' ? { id: visit.id, rev, what } : undefined
      select(next)
      document.querySelector<HTMLElement>('.pane')?.focus()
      refresh(['records', 'summaries', 'desk'])
    } catch (error) {
      refused(error)
    } finally {
      isBusy.value = false
    }
  }
  function refused(error: unknown): void {
    if (error instanceof ApiProblem && ['stale', 'illegal_transition'].includes(error.code)) {
      isRefused.value = true
      void queue.refetch().then(insist)
      return
    }
    const why = error instanceof ApiProblem ? (error.problem.detail ?? words(error.problem.words)) : t('error.network')
    failure.value = t('failed', { why })
  }
  /** The version that a decision is about; nothing while the reader has another one before them. */
  function judgeable(): Queued | undefined {
    if (!chosen.value?.may_decide || isGone.value) return undefined
    if (mustLook.value) insist()
    return !mustLook.value && seen.value?.id === chosen.value.id ? seen.value : undefined
  }
  function approve(): void {
    const visit = judgeable()
    if (visit) void judge(visit, { decision: 'approve', rev: visit.rev })
  }
  function send(): void {
    const [visit, draft] = [judgeable(), drafts.get(open.value ?? '')]
    if (visit && draft && open.value === visit.id) void judge(visit, verdictOf(draft, visit.rev) as Schemas['ReviewRequest'])
  }
  async function undo(): Promise<void> {
    const last = undoable.value
    if (!last || isBusy.value) return
    isBusy.value = true
    const body = { decision: 'reopen', rev: last.rev, comment: t('undoComment') } as const
    try {
      await unwrapNoticed(api.POST('/v1/visits/{id}/reviews', { params: { path: { id: last.id } }, body }))
      told.value = t('done.reopen', { what: last.what })
      undoable.value = undefined
      judged.delete(last.id)
      await queue.refetch()
      select(last.id)
      refresh(['records', 'summaries', 'desk'])
    } catch (error) {
      refused(error)
    } finally {
      isBusy.value = false
    }
  }

  return { drafts, seen, hasMoved, mustLook, failure, told, undoable, isBusy, look, openForm, closeForm, approve, send, undo }
}
