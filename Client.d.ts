import { Client } from './index'

export = Client
