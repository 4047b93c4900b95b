import { defineWords } from '@shared/words/define'

export const words = defineWords(
  {
    title: '技术采用',
    about: '按今天的采用状态，截至 {day}',
    filter: { season: '季', technique: '技术', anySeason: '全部' },
    caption: { techniques: '各项技术的采用状态', villages: '{technique}：各村的采用状态', reports: '{village} · {technique}：采用报告', village: '{village}的采用报告' },
    column: {
      technique: '技术', village: '村', township: '乡镇', adoptions: '合计', area: '采用面积（亩）', last: '最近报告', age: '距今',
      on: '报告日期', stage: '阶段', person: '科技特派员', evidence: '依据', area1: '面积（亩）', season: '季',
    },
    stageOf: '{stage}：{n}',
    none: '还没有采用记录。手机上报采用报告后，这里会出现。',
    noneFits: '没有符合条件的采用记录。',
    back: '返回全部技术',
    backVillages: '返回各村',
    days: '{n} 天前',
    today: '今天',
    meaning: '阶段的含义',
    meaningText: '每个生产单元（没有的按服务对象）每季每项技术计一次，按全部采用报告和县里的裁定得出今天的阶段：认识、兴趣、评价、试用、采用、放弃。面积只计已采用的。',
    more: '显示更多',
  },
  {
    title: 'Adoption',
    about: 'Stages as they stand today, as of {day}',
    filter: { season: 'Season', technique: 'Technique', anySeason: 'All' },
    caption: { techniques: 'Stages of each technique', villages: '{technique}: stages in each village', reports: '{village} · {technique}: adoption reports', village: 'Adoption reports of {village}' },
    column: {
      technique: 'Technique', village: 'Village', township: 'Township', adoptions: 'In all', area: 'Adopted (mu)', last: 'Last report', age: 'Age',
      on: 'Reported on', stage: 'Stage', person: 'Commissioner', evidence: 'Evidence', area1: 'Area (mu)', season: 'Season',
    },
    stageOf: '{stage}: {n}',
    none: 'There are no adoptions yet. They appear when phones send adoption reports.',
    noneFits: 'No adoption fits these filters.',
    back: 'Back to all techniques',
    backVillages: 'Back to the villages',
    days: '{n} day ago | {n} days ago',
    today: 'today',
    meaning: 'What the stages mean',
    meaningText: 'Each site (or beneficiary where no site was named) counts once a season and technique, at the stage that all its reports and the county’s decisions come to today: awareness, interest, evaluation, trial, adopted, abandoned. The area is that of those adopted.',
    more: 'Show more',
  },
)
