import { definePage } from '../../app/page'

export default definePage({
  name: 'assessment-run',
  path: '/assessment/:run',
  title: { zh: '考核表', en: 'Score sheets' },
  component: () => import('./RunPage.vue'),
})
