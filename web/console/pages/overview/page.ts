import { Odometer } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'overview',
  path: '/',
  title: { zh: '总览', en: 'Overview' },
  menu: { group: 'see', order: 10, icon: Odometer },
  component: () => import('./OverviewPage.vue'),
})
