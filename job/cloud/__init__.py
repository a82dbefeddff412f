"""The only place of the job that imports google.*"""
