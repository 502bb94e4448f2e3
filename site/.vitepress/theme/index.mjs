// The fonts are those of the reader's system: none is fetched, from nowhere.
import theme from 'vitepress/theme-without-fonts'

import './style.css'

export default theme
