import { Finished } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'assessment',
  path: '/assessment',
  title: { zh: '目标考核', en: 'Targets and assessment' },
  menu: { group: 'account', order: 10, icon: Finished },
  component: () => import('./AssessmentPage.vue'),
})
