import { definePage } from '../../app/page'

export default definePage({
  name: 'village',
  path: '/villages/:village(\\d{12})',
  title: { zh: '村', en: 'Village' },
  component: () => import('./VillagePage.vue'),
})
