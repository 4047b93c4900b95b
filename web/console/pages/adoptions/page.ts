import { TrendCharts } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'adoptions',
  path: '/adoptions',
  title: { zh: '技术采用', en: 'Adoption' },
  menu: { group: 'see', order: 60, icon: TrendCharts },
  component: () => import('./AdoptionsPage.vue'),
})
