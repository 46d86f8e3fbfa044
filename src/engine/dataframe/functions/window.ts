import { columnAndValues, columns, values } from './make.ts'

export const cume_dist = columns('cume_dist')
export const dense_rank = columns('dense_rank')
export const percent_rank = columns('percent_rank')
export const rank = columns('rank')
export const row_number = columns('row_number')
export const lag = columnAndValues('lag')
export const lead = columnAndValues('lead')
export const nth_value = columnAndValues('nth_value')
export const first_value = columnAndValues('first_value')
export const last_value = columnAndValues('last_value')
export const ntile = values('ntile')
