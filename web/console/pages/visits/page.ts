import { Tickets } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'visits',
  path: '/visits',
  title: { zh: '走访记录', en: 'Visits' },
  menu: { group: 'see', order: 40, icon: Tickets },
  component: () => import('./VisitsPage.vue'),
})
