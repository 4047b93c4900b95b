// Filters and the order of a list, kept in the address: they can be sent, bookmarked, and come back with Back.

import { computed, reactive, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** Filters by name, each a text; `defaults` are left out of the address. */
export function useFilters<F extends Record<string, string>>(defaults: F) {
  const route = useRoute()
  const router = useRouter()
  const place = route.name
  const names = Object.keys(defaults) as (keyof F & string)[]
  const filters = reactive({ ...defaults }) as { [K in keyof F]: string }

  const fromAddress = (name: keyof F & string) => {
    const value = route.query[name]
    return typeof value === 'string' ? value : (defaults[name] as string)
  }
  watch(() => route.query, () => {
    // The page that comes next has filters of its own.
    if (route.name !== place) return
    for (const name of names) filters[name] = fromAddress(name)
  }, { immediate: true })

  watch(filters, () => {
    if (names.every((name) => filters[name] === fromAddress(name))) return
    const others = Object.entries(route.query).filter(([name]) => !(name in defaults))
    const own = names.filter((name) => filters[name] !== defaults[name]).map((name) => [name, filters[name]])
    void router.replace({ query: Object.fromEntries([...others, ...own]) })
  })

  return {
    filters,
    isFiltered: computed(() => names.some((name) => name !== 'sort' && filters[name] !== defaults[name])),
    clear: () => Object.assign(filters, { ...defaults, ...('sort' in filters ? { sort: filters.sort } : {}) }),
  }
}

/** The order of a table in the address: `days` upwards, `-days` downwards. */
export function orderOf(sort: string): { key: string; down: boolean } {
  return sort.startsWith('-') ? { key: sort.slice(1), down: true } : { key: sort, down: false }
}

export function sortOf(order: { key: string; down: boolean }): string {
  return order.down ? `-${order.key}` : order.key
}
