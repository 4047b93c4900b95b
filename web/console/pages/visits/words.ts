import { defineWords } from '@shared/words/define'

export const words = defineWords(
  {
    title: '走访记录',
    caption: '走访记录，按服务日期从近到远',
    filter: { state: '审核状态', period: '月份', any: '不限' },
    column: { date: '服务日期', place: '村', commissioner: '科技特派员', mode: '服务方式', content: '服务内容', state: '审核状态' },
    to: '至',
    none: '没有符合条件的走访记录。',
    waiting: '待审核（含待县级审核）',
    only: '只看：{what}',
  },
  {
    title: 'Visits',
    caption: 'Visits, the newest service date first',
    filter: { state: 'Review', period: 'Month', any: 'Any' },
    column: { date: 'Service date', place: 'Village', commissioner: 'Commissioner', mode: 'Form', content: 'What was done', state: 'Review' },
    to: 'to',
    none: 'No visit fits these filters.',
    waiting: 'Waiting for a review',
    only: 'Only: {what}',
  },
)
