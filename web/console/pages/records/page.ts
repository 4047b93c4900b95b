import { definePage } from '../../app/page'

export default definePage({
  name: 'records',
  path: '/records/:kind([a-z_-]+)',
  title: { zh: '记录', en: 'Records' },
  component: () => import('./RecordsPage.vue'),
})
