import { definePage } from '../../app/page'

export default definePage({
  name: 'visit',
  path: '/visits/:visit([0-9a-f-]{36})',
  title: { zh: '走访', en: 'Visit' },
  component: () => import('./VisitPage.vue'),
})
