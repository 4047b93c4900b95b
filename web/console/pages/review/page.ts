import { Checked } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'review',
  path: '/review',
  title: { zh: '审核队列', en: 'Review queue' },
  roles: ['coordinator', 'county_officer'],
  menu: { group: 'judge', order: 10, icon: Checked },
  component: () => import('./ReviewPage.vue'),
})
