import { defineWords } from '@shared/words/define'

export const words = defineWords(
  {
    title: '操作日志',
    about: '只增不改；每条带前一条的摘要，改动会被查出。',
    caption: '操作日志，最新的在前',
    filter: { object: '对象（编号或代码）' },
    column: { at: '时间', who: '谁', act: '做了什么', object: '对什么', detail: '详情', hash: '摘要' },
    by: { person: '人员', device: '手机', operator: '服务器操作员', server: '服务器' },
    none: '没有这个对象的日志。',
    seq: '第 {seq} 条',
  },
  {
    title: 'Audit trail',
    about: 'It only grows. Each entry holds the hash of the one before, so that a change would be found.',
    caption: 'Audit trail, the newest first',
    filter: { object: 'Object (id or code)' },
    column: { at: 'When', who: 'Who', act: 'What was done', object: 'To what', detail: 'How', hash: 'Hash' },
    by: { person: 'person', device: 'phone', operator: 'operator on the server', server: 'the server' },
    none: 'There is no entry about this object.',
    seq: 'No. {seq}',
  },
)
