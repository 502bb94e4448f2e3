import { Server } from './index'

export = Server
